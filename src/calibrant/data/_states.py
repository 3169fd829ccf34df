"""States of the United States with their capitals, which GeoNames does not mark, and larger or better-known cities."""

from dataclasses import dataclass

_TABLE = """
AL Alabama: Montgomery, Birmingham, Mobile, Huntsville
AK Alaska: Juneau, Anchorage, Fairbanks, Sitka
AZ Arizona: Phoenix, Tucson, Mesa, Flagstaff
AR Arkansas: Little Rock, Fort Smith, Fayetteville, Jonesboro
CA California: Sacramento, Los Angeles, San Francisco, San Diego
CO Colorado: Denver, Colorado Springs, Aurora, Boulder
CT Connecticut: Hartford, Bridgeport, New Haven, Stamford
DE Delaware: Dover, Wilmington, Newark, Middletown
FL Florida: Tallahassee, Miami, Orlando, Jacksonville
GA Georgia: Atlanta, Savannah, Augusta, Macon
HI Hawaii: Honolulu, Hilo, Kailua, Pearl City
ID Idaho: Boise, Nampa, Idaho Falls, Pocatello
IL Illinois: Springfield, Chicago, Peoria, Rockford
IN Indiana: Indianapolis, Fort Wayne, Evansville, South Bend
IA Iowa: Des Moines, Cedar Rapids, Davenport, Iowa City
KS Kansas: Topeka, Wichita, Overland Park, Lawrence
KY Kentucky: Frankfort, Louisville, Lexington, Bowling Green
LA Louisiana: Baton Rouge, New Orleans, Shreveport, Lafayette
ME Maine: Augusta, Portland, Bangor, Lewiston
MD Maryland: Annapolis, Baltimore, Frederick, Rockville
MA Massachusetts: Boston, Worcester, Springfield, Cambridge
MI Michigan: Lansing, Detroit, Grand Rapids, Ann Arbor
MN Minnesota: Saint Paul, Minneapolis, Duluth, Rochester
MS Mississippi: Jackson, Gulfport, Biloxi, Hattiesburg
MO Missouri: Jefferson City, Kansas City, Saint Louis, Springfield
MT Montana: Helena, Billings, Missoula, Bozeman
NE Nebraska: Lincoln, Omaha, Bellevue, Grand Island
NV Nevada: Carson City, Las Vegas, Reno, Henderson
NH New Hampshire: Concord, Manchester, Nashua, Portsmouth
NJ New Jersey: Trenton, Newark, Jersey City, Atlantic City
NM New Mexico: Santa Fe, Albuquerque, Las Cruces, Roswell
NY New York: Albany, New York City, Buffalo, Syracuse
NC North Carolina: Raleigh, Charlotte, Greensboro, Durham
ND North Dakota: Bismarck, Fargo, Grand Forks, Minot
OH Ohio: Columbus, Cleveland, Cincinnati, Toledo
OK Oklahoma: Oklahoma City, Tulsa, Norman, Lawton
OR Oregon: Salem, Portland, Eugene, Bend
PA Pennsylvania: Harrisburg, Philadelphia, Pittsburgh, Allentown
RI Rhode Island: Providence, Newport, Warwick, Cranston
SC South Carolina: Columbia, Charleston, Greenville, Myrtle Beach
SD South Dakota: Pierre, Sioux Falls, Rapid City, Aberdeen
TN Tennessee: Nashville, Memphis, Knoxville, Chattanooga
TX Texas: Austin, Houston, Dallas, San Antonio
UT Utah: Salt Lake City, Provo, Ogden, Park City
VT Vermont: Montpelier, Burlington, Rutland, Brattleboro
VA Virginia: Richmond, Virginia Beach, Norfolk, Alexandria
WA Washington: Olympia, Seattle, Spokane, Tacoma
WV West Virginia: Charleston, Huntington, Morgantown, Wheeling
WI Wisconsin: Madison, Milwaukee, Green Bay, Kenosha
WY Wyoming: Cheyenne, Casper, Laramie, Jackson
"""


@dataclass(frozen=True)
class State:
    """A state of the United States."""

    code: str
    """Two letters."""
    name: str
    capital: str
    other_cities: tuple[str, ...]
    """Three that are often taken for the capital."""


def load_states() -> list[State]:
    """All 50, in alphabetical order of their names.

    Examples
    --------
    >>> load_states()[-1]
    State(code='WY', name='Wyoming', capital='Cheyenne', other_cities=('Casper', 'Laramie', 'Jackson'))
    """
    return [_state(line) for line in _TABLE.strip().splitlines()]


def _state(line: str) -> State:
    code_and_name, _, cities = line.partition(": ")
    code, _, name = code_and_name.partition(" ")
    capital, *others = cities.split(", ")
    return State(code, name, capital, tuple(others))
