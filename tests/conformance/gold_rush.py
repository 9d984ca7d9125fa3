"""Write the table of cases for the match key of Gold Rush: invented records with their keys.

`python gold_rush.py FILE` needs `goldrush==0.6.0` and `pymarc`. Each line of the file is a record
in MARC-in-JSON. Its field 999 has the key of the package in $k. If tidemarc's key is another on
purpose, $d has the reason.
"""

import json
import sys
from pathlib import Path

from goldrush import goldrush
from pymarc import Field, Indicators, Leader, Record, Subfield

BOOK = "00000nam a2200000   4500"
CODES = "200101s2010    xx            000 0 {} d"
NUMBERS = ["010 __ a   2001012345 ", "020 __ a9780306406157 (pbk)", "022 __ a0317-8471"]
LATIN = "the title in Latin letters is the title"
COMPOSED = "text has one key in whatever normal form it is written"


def record(*fields: str, leader: str = BOOK, codes: str | None = CODES.format("eng")) -> Record:
    """Return a record. A field is its tag, indicators and subfields, which `|` divides."""
    made = Record()
    made.leader = Leader(leader)
    if codes is not None:
        made.add_field(Field(tag="008", data=codes))
    for field in fields:
        tag, rest = field[:3], field[4:]
        if tag < "010":
            made.add_field(Field(tag=tag, data=rest))
            continue
        indicators = Indicators(*rest[:2].replace("_", " "))
        subfields = [Subfield(part[0], part[1:]) for part in rest[3:].split("|")]
        made.add_field(Field(tag=tag, indicators=indicators, subfields=subfields))
    return made


def titles():
    """Yield records with titles."""
    for title in [
        "aThe whale & the sea /",
        "aA whale",
        "aAn apple",
        "aa b",
        "aL'été d'or",
        "aCafé: É",
        "aŁódź øre æ ß",
        "aTitle :|bsub /|pPart one|pPart two.|nno. 1|f1900-1950|cby X",
        "a 100% %22x",
        "aA",
        "aThe",
        "aTheory",
        "bonly",
        "aИван",
        "aA.B.C. “quoted” — ‘x’ ’y",
        "a" + "long title " * 12,
        "a{x}|~^_`",
        "aTitle|pThe Part-one of many things|pSecond one",
        "aC++ C#",
        "6880-01|aKniga",
        "aThe|bThe end",
        "aA a b",
        "athe an x",
        "a the x",
        "aA  x",
        "aTHE x",
        "a[The] x",
        'a"The x',
        "aX|aY|bZ",
        "pOne|pTwo",
        "aΣΑΣ",
        "aﬁ ½",
        "aK©",
        "aX|nNo. 3 & 4",
        "aX|n1|n2",
        "aX|pThe first",
        "aX|pA|pB's",
        "aX|na - b",
        "aX|n(1)",
        "aX|n1/2. ",
        "aX|n 5",
        "aX|nThe 3",
        "aX|nx:y z",
        "aX|f[1900/1950?]",
        "aX|f1900 - 1950",
        "aX|p1234567890123|p123456789012|pabcdefghijklmn|pzz",
        "aX|pA, B|pC - D",
        "aX|pÉtudes|pÀ",
        "aX|p  sp  ace |pz",
        "aX|h[electronic resource]",
        "aX|h[microform]",
        "aX|h[Electronic resource]",
        "h[x]",
        "a|bB",
    ]:
        yield record("245 10 " + title), None
    yield record(), None


def years():
    """Yield records with years."""
    for codes in [
        "s2010    ",
        "r20101999",
        "r    1999",
        "t20102009",
        "s20109999",
        "c19999999",
        "m19992005",
        "q19001909",
        "suuuu    ",
        "s1100    ",
        "t20101100",
        "t2010uuuu",
        "rXXXX1950",
    ]:
        codes = "200101" + codes + "xx            000 0 eng d"
        yield record("245 10 aX", codes=codes), None
        yield record("245 10 aX", "086 0_ aA 1", codes=codes), None
        yield record("245 10 aX", "260 __ c1985", codes=codes), None
    for date in [
        "c1985",
        "[1985?]",
        "1990, c1985",
        "c1985, 1990",
        "©2001",
        "198-?",
        "1985-1990",
        "MCM",
        "2010 printing c1999",
        "12345",
        "c1985 c1990",
        "C1985, 1990",
        "c 1985, 1990",
        "1999, 0012",
    ]:
        for tag in ("260", "264"):
            yield record("245 10 aX", f"{tag} __ c{date}", codes=None), None
    yield record("245 10 aX", "264 _1 c1999", "260 __ c1950", codes=None), None
    yield record("245 10 aX", "264 _1 cx", "260 __ c1950", codes=None), None
    yield record("245 10 aX", "264 _1 cx", "264 _4 c2001", codes=None), None


def others():
    """Yield records with the other parts of a key."""
    for field in [
        *(
            "300 __ a" + extent
            for extent in ["xii, 300 p. ;", "12345 p", "p. 45-67", "1 online resource"]
        ),
        *(
            "250 __ a" + edition
            for edition in [
                "2nd ed.",
                "First edition",
                "Second",
                "Third",
                "Fourth",
                "Forth",
                "Fifth",
                "Sixth",
                "Seventh",
                "Eighth",
                "Ninth",
                "Tenth ed",
                "10th",
                "Rev. ed.",
                "1st American ed.",
                "Éd. rev.",
                "[2nd] ed",
                "Ed. 12",
                "123456",
                "Nouv. éd.",
                "a",
                "第2版",
                "...",
                "Firm",
                "Vol 2 rev 3",
                "Ed. 1 1999",
                "ab 12 345",
                "изд",
                "Fírst",
                "of the year",
                "1 2",
            ]
        ),
        *(
            "260 __ b" + name
            for name in [
                "O'Reilly & Assoc.,",
                "A & B",
                "The Press",
                "Éd. du Seuil",
                "Oxford University Press",
                "[s.n.]",
                "A.",
                "An Ti",
                "1st-Books",
                "“Q”",
                "岩波書店",
                "Ab   cd",
                "R&D",
                "The",
            ]
        ),
        *(
            "100 1_ a" + name
            for name in [
                "Eco, Umberto",
                "Éa, Ø",
                "A, B",
                "O'Br-ien",
                "& co",
                "Li Ab",
                "Иванов",
                "The End",
                "(x)",
            ]
        ),
        "110 2_ aThe Beatles",
        "111 2_ aConf",
        "130 _0 aBible",
        "700 1_ aZz",
        "100 1_ aAa|aBb",
        "007 cr mn",
        "007 ta",
        "337 __ acomputer",
        "337 __ aComputer",
        "337 __ bc",
        "337 __ aaudio",
        "856 40 uhttp",
        "533 __ aElectronic reproduction.",
        "590 __ aelectronic reproduction",
        "264 _4 cX",
        "300 __ bx",
    ]:
        yield record("245 10 aX", field), None
    for fields in [
        ["100 1_ aAb", "110 2_ aCd", "130 0_ aEf"],
        ["130 0_ aEf", "100 1_ aAb"],
        ["110 2_ aAb", "110 2_ aCd"],
        ["100 1_ aab.", "110 2_ acd"],
        ["264 _1 aX", "260 __ bOld"],
        ["264 _1 bNew", "260 __ bOld"],
        ["264 _4 cX", "264 _1 bNew"],
        ["086 0_ aA 1", "856 40 uhttp"],
        ["086 0_ zA 1", "856 40 zx"],
        ["007 ta", "007 cr"],
        ["337 __ aunmediated", "337 __ acomputer"],
        ["300 __ bill.", "300 __ a3333 p"],
        ["533 __ aMicrofilm", "533 __ aElectronic reproduction"],
        ["250 __ aRev", "250 __ a2nd"],
    ]:
        yield record("245 10 aX", *fields), None
    for kind in ["am", "as", "aa", "cm", "gm", "em", "tm", "ai", "ac", "mm", "im"]:
        yield record("245 10 aX", leader=f"00000n{kind} a2200000   4500"), None


def languages():
    """Yield records of languages that are not written in Latin letters, and of some that are."""
    for language in ["rus", "chi", "jpn", "ara", "heb", "gre", "srp", "eng", "mac", "yid", "tha"]:
        yield record("245 10 aXyz", *NUMBERS, codes=CODES.format(language)), None
    for language in ["cze", "pol", "tur", "vie", "ind", "may"]:
        yield record("245 10 aXyz", *NUMBERS, codes=CODES.format(language)), LATIN
        yield record("245 10 aXyz", codes=CODES.format(language)), None
    russian = CODES.format("rus")
    for number in [
        "010 __ an78890351",
        "010 __ a  78-890351",
        "010 __ aagr25000003 //r",
        "020 __ a0306406152",
        "020 __ a978-0-306-40615-7",
        "020 __ a0-306-40615-2",
        "020 __ a030640615X (v. 1)",
        "020 __ a9790306406156",
        "020 __ aISBN 0306406152",
        "020 __ a1234567890123",
        "020 __ a97803064061571",
        "020 __ a9780306406157:",
        "020 __ a155404295x",
        "020 __ a030640615",
        "020 __ z9780306406157",
        "022 __ a0317-847X",
        "022 __ a03178471",
        "022 __ a0317-8471 (online)",
    ]:
        yield record("245 10 aXyz", number, codes=russian), None
    yield record("245 10 aX", "020 __ abad", "020 __ a0306406152", codes=russian), None
    linked = "880 10 6245-01/(N|aКнига о китах|bвот"
    for codes in [russian, CODES.format("eng")]:
        for fields in [
            ["245 10 6880-01|aKniga", linked],
            ["245 10 aKniga", linked],
            ["245 10 6880-01|aKniga"],
            ["245 10 6880-02|aKniga", "880 10 6100-01|aИмя", "880 10 6245-02|aКит"],
            ["245 10 6100-02|aKniga", linked],
            ["245 10 aKniga", "880 10 6100-01|aИмя"],
        ]:
            yield record(*fields, *NUMBERS, codes=codes), None
    yield record("245 10 aX", "041 0_ arus", *NUMBERS, codes=None), None
    yield record("245 10 aX", "041 0_ arus", *NUMBERS), None
    for fields in [
        ["260 __ bE\u0301dition"],
        [
            "245 10 aX|nE\u0301t",
        ],
    ]:
        title = [] if fields[0].startswith("245") else ["245 10 aX"]
        yield record(*title, *fields), COMPOSED


def main() -> None:
    """Write the file."""
    lines = []
    for cases in (titles(), years(), others(), languages()):
        for case, difference in cases:
            subfields = [Subfield("k", goldrush(case))]
            if difference:
                subfields.append(Subfield("d", difference))
            case.add_field(Field(tag="999", indicators=Indicators(" ", " "), subfields=subfields))
            lines.append(json.dumps(case.as_dict(), ensure_ascii=False))
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
