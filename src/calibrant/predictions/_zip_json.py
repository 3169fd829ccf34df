"""JSON inside a zip archive that is not trusted, Zstandard members included, within a bounded size.

Python reads Zstandard members from 3.14 on only; Arrow reads their content in any version.
"""

import struct
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

from calibrant.exceptions import DataError
from calibrant.predictions._log import LARGEST_RECORD, Record, as_record

_ZSTANDARD = 93
_CHUNK = 1 << 20
_ENCRYPTED = 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")


class ZipOfJson:
    """The members of an archive, by name.

    Parameters
    ----------
    path : Path
        The archive.

    Raises
    ------
    DataError
        If it is no archive that can be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as archive:
                # A member that was written twice is the later one.
                self._members = dict(archive.NameToInfo)
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error, EOFError) as error:
            raise DataError(f"{path} is no zip archive that can be read: {error}") from None

    @property
    def names(self) -> list[str]:
        """Names of the members, in the order of the archive."""
        return list(self._members)

    def read(self, name: str) -> Record:
        """Read a member as a JSON object.

        Raises
        ------
        DataError
            Naming file and member, if it is damaged, not JSON, or unpacks to more than a record may hold.
        """
        member = self._members[name]
        place = f"{self._path}, {name}"
        if member.flag_bits & _ENCRYPTED:
            raise DataError(f"{place}: encrypted; no log of ours is")
        try:
            data = self._unpack_zstandard(member) if member.compress_type == _ZSTANDARD else self._unpack(member)
        except (OSError, ValueError, EOFError, RuntimeError, NotImplementedError, zlib.error, struct.error) as error:
            raise DataError(f"{place}: damaged ({error})") from None
        except zipfile.BadZipFile as error:
            raise DataError(f"{place}: damaged ({error})") from None
        if len(data) > LARGEST_RECORD:
            raise DataError(f"{place}: unpacks to more than {LARGEST_RECORD:,} bytes")
        if zlib.crc32(data) != member.CRC:
            raise DataError(f"{place}: damaged (its checksum differs)")
        return as_record(data, place)

    def _unpack(self, member: zipfile.ZipInfo) -> bytes:
        with zipfile.ZipFile(self._path) as archive, archive.open(member) as stream:
            return stream.read(LARGEST_RECORD + 1)

    def _unpack_zstandard(self, member: zipfile.ZipInfo) -> bytes:
        if member.compress_size > LARGEST_RECORD:
            raise ValueError(f"more than {LARGEST_RECORD:,} bytes")
        with self._path.open("rb") as file:
            file.seek(member.header_offset)
            signature, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            if signature != b"PK\x03\x04":
                raise ValueError("no member where the archive says")
            file.seek(name + extra, 1)
            packed = file.read(member.compress_size)
        data = bytearray()
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            while (chunk := stream.read(_CHUNK)) and len(data) <= LARGEST_RECORD:
                data += chunk
        return bytes(data)
