"""Folders, GGUF files and the hub's own cache, whole and damaged, of networks with random weights."""

import json
import shutil

import numpy as np
import pytest

pytest.importorskip("torch", reason="the hf extra is not installed")
pytest.importorskip("transformers", reason="the hf extra is not installed")
pytest.importorskip("gguf", reason="the hf extra is not installed")

import huggingface_hub.constants
import torch
import transformers
from tests.models._tiny import save_gguf, save_tiny

from calibrant.exceptions import ModelError, OutputError
from calibrant.models import Prompt, _hf_load, load_model
from calibrant.settings import settings

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PROMPTS = [Prompt((0, 5, 6, 7), ((8, 9), (8, 10, 11))), Prompt((0, 5, 9), ((4,),))]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Give every test a cache of its own."""
    monkeypatch.setenv("CALIBRANT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CALIBRANT_DEVICE", "cpu")
    settings.cache_clear()
    yield tmp_path / "cache" / "models"
    settings.cache_clear()


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("saved") / "tiny")


@pytest.fixture
def folder(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "tiny")


@pytest.fixture
def gguf_file(tmp_path):
    return save_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def hub(saved, tmp_path, monkeypatch):
    """Lay out the hub's cache as a download leaves it, and cut the network off."""
    home = tmp_path / "hub"
    shutil.copytree(saved, home / "models--someone--tiny" / "snapshots" / COMMIT)
    refs = home / "models--someone--tiny" / "refs"
    refs.mkdir()
    for name in ("main", "v1"):
        (refs / name).write_text(COMMIT)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(home))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


def logprobs(model):
    return [np.concatenate(reading.logprobs) for reading in model.score(PROMPTS)]


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# ---- Folders ----


def test_a_folder_is_identified_by_its_files_and_found_again(folder, tmp_path):
    model = load_model(str(folder))
    copy = load_model(str(shutil.copytree(folder, tmp_path / "copy")))

    assert model.identity.name == "tiny"
    assert load_model(model.identity.source).identity == model.identity
    assert copy.identity.weights == model.identity.weights


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer_config.json"])
def test_other_weights_or_another_tokenizer_are_another_model(folder, name):
    before = load_model(str(folder)).identity
    if name == "model.safetensors":
        network = transformers.AutoModelForCausalLM.from_pretrained(folder)
        network.get_output_embeddings().weight.data[0, 0] += 1
        network.save_pretrained(folder)
    else:
        path = folder / name
        path.write_text(json.dumps(json.loads(path.read_text()) | {"chat_template": "{{ messages[0].content }}"}))

    assert load_model(str(folder)).identity.binding() != before.binding()


def break_weights(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "tokenizer.json").unlink(), "holds no tokenizer"),
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no model weights"),
        (lambda folder: (folder / "config.json").unlink(), r"holds no config\.json"),
        (break_weights, "cannot be loaded: .*incomplete metadata"),
        (lambda folder: (folder / "config.json").write_text("{"), "not a valid JSON"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "cannot be loaded: "),
        (lambda folder: edit_config(folder, model_type="zzz"), "model type `zzz`"),
        (lambda folder: edit_config(folder, model_type="t5"), "cannot be loaded: "),
        # These the library would load, with random numbers for what is not there.
        (
            lambda folder: edit_config(folder, num_hidden_layers=4),
            r"9 of its weights are not in its files.*layers\.3\.",
        ),
        (lambda folder: edit_config(folder, intermediate_size=80), "9 of its weights are not .*of another shape"),
        # This one would ask on the terminal whether a stranger's code may run.
        (lambda folder: edit_config(folder, model_type="own", auto_map={"AutoConfig": "x.C"}), "contains custom code"),
    ],
)
def test_a_damaged_folder_is_refused_in_one_line(folder, damage, message):
    damage(folder)

    with pytest.raises(ModelError, match=message) as refusal:
        load_model(str(folder))
    assert "\n" not in str(refusal.value)
    assert "tiny" in str(refusal.value)


@pytest.mark.parametrize("device", ["nowhere", "meta", "cuda:99"])
def test_a_device_that_cannot_be_used_is_refused(folder, device):
    with pytest.raises(ModelError, match=f"device '{device}' cannot be used: "):
        load_model(str(folder), device=device)


def test_a_model_that_fails_its_own_check_is_refused(folder):
    network = transformers.AutoModelForCausalLM.from_pretrained(folder)
    network.get_output_embeddings().weight.data[0, 0] = float("nan")
    network.save_pretrained(folder)

    with pytest.raises(ModelError, match="differ by nan nats"):
        load_model(str(folder))


def test_loading_is_silent(folder, capfd):
    load_model(str(folder))

    assert capfd.readouterr() == ("", "")


# ---- GGUF files ----


def test_a_converted_file_says_what_the_file_itself_says(gguf_file):
    direct = transformers.AutoModelForCausalLM.from_pretrained(
        str(gguf_file.parent), gguf_file=gguf_file.name, dtype=torch.float32
    )
    converted = load_model(str(gguf_file))

    for prompt, reading in zip(PROMPTS, converted.score(PROMPTS), strict=True):
        for tokens, got in zip(prompt.continuations, reading.logprobs, strict=True):
            with torch.inference_mode():
                every = direct(torch.tensor([[*prompt.tokens, *tokens]])).logits[0].double().log_softmax(-1)
            start = len(prompt.tokens) - 1
            expected = [float(every[start + i, token]) for i, token in enumerate(tokens)]
            np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_file_is_converted_once(gguf_file, cache):
    first = load_model(str(gguf_file))
    (folder,) = cache.iterdir()
    written = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    second = load_model(str(gguf_file))

    np.testing.assert_array_equal(logprobs(first)[0], logprobs(second)[0])
    assert [*cache.iterdir()] == [folder]
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == written


def test_the_converted_folder_is_what_is_read(gguf_file, cache, monkeypatch):
    load_model(str(gguf_file))
    monkeypatch.setattr(_hf_load.tempfile, "TemporaryDirectory", None)  # a conversion would need it

    load_model(str(gguf_file))


def test_the_name_of_a_file_is_not_its_identity(gguf_file, tmp_path):
    twin = shutil.copy(gguf_file, tmp_path / "other.gguf")
    one, other = load_model(str(gguf_file)).identity, load_model(str(twin)).identity

    assert one.weights == other.weights
    assert one.binding() == other.binding()
    assert (one.name, other.name) == ("tiny.gguf", "other.gguf")


def test_each_number_format_has_its_own_folder(gguf_file, cache):
    load_model(str(gguf_file))
    load_model(str(gguf_file), dtype="bfloat16")

    assert sorted(path.name.rpartition("-")[2] for path in cache.iterdir()) == ["bfloat16", "float32"]


@pytest.mark.parametrize("failure", [OSError("No space left on device"), RuntimeError("I/O error: No space left")])
def test_a_full_disk_leaves_nothing_that_loads(gguf_file, cache, monkeypatch, failure):
    save = transformers.PreTrainedModel.save_pretrained

    def half(network, folder, **options):
        save(network, folder, **options)
        raise failure

    monkeypatch.setattr(transformers.PreTrainedModel, "save_pretrained", half)
    with pytest.raises(OutputError, match=r"float32 cannot be written: .*No space left.*CALIBRANT_CACHE"):
        load_model(str(gguf_file))

    assert [*cache.iterdir()] == []


def test_an_interrupted_conversion_leaves_nothing_that_loads(gguf_file, cache, monkeypatch):
    def interrupted(tokenizer, folder, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transformers.PreTrainedTokenizerBase, "save_pretrained", interrupted)
        with pytest.raises(KeyboardInterrupt):
            load_model(str(gguf_file))
        assert [*cache.iterdir()] == []

    load_model(str(gguf_file))


def test_what_a_killed_conversion_leaves_is_passed_over(gguf_file, cache):
    (cache / ".converting-killed" / "model").mkdir(parents=True)

    load_model(str(gguf_file))

    assert len([*cache.iterdir()]) == 2


def test_of_two_conversions_at_once_the_second_uses_the_first(gguf_file, cache, monkeypatch):
    load_model(str(gguf_file))
    (folder,) = cache.iterdir()
    replace = type(folder).replace

    def late(path, target):
        if path.name == "model":
            shutil.copytree(aside, target)
        return replace(path, target)

    aside = shutil.move(folder, cache.parent / "aside")
    monkeypatch.setattr(type(folder), "replace", late)

    load_model(str(gguf_file))

    assert [*cache.iterdir()] == [folder]


@pytest.mark.parametrize("content", [b"", b"GGUFnonsense" * 9, b"not at all"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, cache, content):
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)

    with pytest.raises(ModelError, match=r"model '.*bad\.gguf' cannot be loaded: ") as refusal:
        load_model(str(path))
    assert "\n" not in str(refusal.value)
    assert not cache.exists()


def test_a_file_cut_short_is_refused(gguf_file):
    gguf_file.write_bytes(gguf_file.read_bytes()[:20_000])

    with pytest.raises(ModelError, match=r"tiny\.gguf' cannot be loaded: "):
        load_model(str(gguf_file))


def test_a_cache_that_cannot_be_written_is_told_of(gguf_file, cache):
    cache.parent.write_text("a file where the folder should be")

    with pytest.raises(OutputError, match="CALIBRANT_CACHE names another folder"):
        load_model(str(gguf_file))


# ---- The hub ----


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("source", ["someone/tiny", "someone/tiny@main", "someone/tiny@v1", f"someone/tiny@{COMMIT}"])
def test_a_hub_model_is_identified_by_its_commit(source):
    identity = load_model(source).identity

    assert identity.name == "someone/tiny"
    assert identity.source == f"someone/tiny@{COMMIT}"
    assert identity.weights == f"commit:{COMMIT}"


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize("source", ["someone/gone", "someone/tiny@gone", "gone"])
def test_what_the_hub_does_not_give_is_named_in_one_line(source):
    with pytest.raises(ModelError, match=f"model '{source}' cannot be loaded: ") as refusal:
        load_model(source)
    assert "\n" not in str(refusal.value)
