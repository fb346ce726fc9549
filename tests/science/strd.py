"""NIST Statistical Reference Datasets: data and certified values (public domain; https://www.itl.nist.gov/div898/strd).

Norris and the analysis of variance sets are read from the copies inside SciPy, Longley from statsmodels; the others
stand here. Difficulty is NIST's own word.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import scipy.stats


@dataclass(frozen=True)
class Regression:
    name: str
    difficulty: str
    degree: int  # 0: columns as given
    constant: bool
    columns: tuple[list[str], ...]
    y: list[str]
    values: tuple[str, ...]
    errors: tuple[str, ...]
    sd: str


def digits(found: float, certified: str | float) -> float:
    """Log relative error: how many digits agree; absolute where the certified value is zero, at most 15."""
    want = float(certified)
    away = abs(found - want) if want == 0 else abs(found - want) / abs(want)
    return 15.0 if away == 0 else min(15.0, -math.log10(away))


DATA = Path(scipy.stats.__file__).parent / "tests" / "data"


def norris() -> Regression:
    rows = [line.split() for line in (DATA / "nist_linregress" / "Norris.dat").read_text().splitlines()[60:96]]
    return Regression(
        "Norris", "lower", 1, True, ([x for _, x in rows],), [y for y, _ in rows],
        ("-0.262323073774029", "1.00211681802045"), ("0.232818234301152", "0.429796848199937E-03"),
        "0.884796396144373",
    )  # fmt: skip


def pontius() -> Regression:
    y = """\
.11019 .21956 .32949 .43899 .54803 .65694 .76562 .87487 .98292 1.09146 1.20001 1.30822 1.41599 1.52399 1.63194
1.73947 1.84646 1.95392 2.06128 2.16844 .11052 .22018 .32939 .43886 .54798 .65739 .76596 .87474 .98300 1.09150
1.20004 1.30818 1.41613 1.52408 1.63159 1.73965 1.84696 1.95445 2.06177 2.16829""".split()
    x = [str(150000 * (at % 20 + 1)) for at in range(40)]
    return Regression(
        "Pontius", "lower", 2, True, (x,), y,
        ("0.673565789473684E-03", "0.732059160401003E-06", "-0.316081871345029E-14"),
        ("0.107938612033077E-03", "0.157817399981659E-09", "0.486652849992036E-16"), "0.205177424076185E-03",
    )  # fmt: skip


def no_intercept() -> list[Regression]:
    rising = [str(y) for y in range(130, 141)]
    one = Regression("NoInt1", "average", 0, False, ([str(x) for x in range(60, 71)],), rising,
                     ("2.07438016528926",), ("0.165289256198347E-01",), "3.56753034006338")  # fmt: skip
    two = Regression("NoInt2", "average", 0, False, (["4", "5", "6"],), ["3", "4", "4"], ("0.727272727272727",),
                     ("0.420827318078432E-01",), "0.369274472937998")  # fmt: skip
    return [one, two]


def longley() -> Regression:
    import statsmodels.api as sm

    table = sm.datasets.longley.load_pandas().data
    names = ["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"]
    columns = tuple([format(v, ".15g") for v in table[name]] for name in names)
    return Regression(
        "Longley", "higher", 0, True, columns, [format(v, ".15g") for v in table["TOTEMP"]],
        ("-3482258.63459582", "15.0618722713733", "-0.358191792925910E-01", "-2.02022980381683", "-1.03322686717359",
         "-0.511041056535807E-01", "1829.15146461355"),
        ("890420.383607373", "84.9149257747669", "0.334910077722432E-01", "0.488399681651699", "0.214274163161675",
         "0.226073200069370", "455.478499142212"), "304.854073561965",
    )  # fmt: skip


def wampler() -> list[Regression]:
    x = list(range(21))
    one = [sum(v**k for k in range(6)) for v in x]
    noise = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048]
    noise += noise[9::-1]
    two = [str(sum(Decimal(v) ** k * Decimal(10) ** -k if k else Decimal(1) for k in range(6))) for v in x]
    errors = (
        2152.32624678170,
        2363.55173469681,
        779.343524331583,
        101.475507550350,
        5.64566512170752,
        0.112324854679312,
    )
    ones, none = ("1",) * 6, ("0",) * 6
    made = [
        Regression("Wampler1", "higher", 5, True, ([*map(str, x)],), [*map(str, one)], ones, none, "0"),
        Regression("Wampler2", "higher", 5, True, ([*map(str, x)],), two, ("1", ".1", ".01", ".001", ".0001", ".00001"),
                   none, "0"),
    ]  # fmt: skip
    for name, times in (("Wampler3", 1), ("Wampler4", 100), ("Wampler5", 10000)):
        y = [str(a + times * b) for a, b in zip(one, noise, strict=True)]
        told = tuple(str(error * times) for error in errors)
        made.append(
            Regression(name, "higher", 5, True, ([*map(str, x)],), y, ones, told, str(2360.14502379268 * times))
        )
    return made


def filip() -> Regression:
    y = """0.8116 0.9072 0.9052 0.9039 0.8053 0.8377 0.8667 0.8809 0.7975 0.8162 0.8515 0.8766 0.8885 0.8859 0.8959
0.8913 0.8959 0.8971 0.9021 0.909 0.9139 0.9199 0.8692 0.8872 0.89 0.891 0.8977 0.9035 0.9078 0.7675 0.7705
0.7713 0.7736 0.7775 0.7841 0.7971 0.8329 0.8641 0.8804 0.7668 0.7633 0.7678 0.7697 0.77 0.7749 0.7796 0.7897
0.8131 0.8498 0.8741 0.8061 0.846 0.8751 0.8856 0.8919 0.8934 0.894 0.8957 0.9047 0.9129 0.9209 0.9219 0.7739
0.7681 0.7665 0.7703 0.7702 0.7761 0.7809 0.7961 0.8253 0.8602 0.8809 0.8301 0.8664 0.8834 0.8898 0.8964
0.8963 0.9074 0.9119 0.9228""".split()
    x = """6.860120914 4.324130045 4.358625055 4.358426747 6.955852379 6.661145254 6.355462942 6.118102026 7.115148017
6.815308569 6.519993057 6.204119983 5.853871964 6.109523091 5.79832982 5.482672118 5.171791386 4.851705903
4.517126416 4.143573228 3.709075441 3.499489089 6.300769497 5.953504836 5.642065153 5.031376979 4.680685696
4.329846955 3.928486195 8.56735134 8.363211311 8.107682739 7.823908741 7.522878745 7.218819279 6.920818754
6.628932138 6.323946875 5.991399828 8.781464495 8.663140179 8.473531488 8.247337057 7.971428747 7.676129393
7.352812702 7.072065318 6.774174009 6.478861916 6.159517513 6.835647144 6.53165267 6.224098421 5.910094889
5.598599459 5.290645224 4.974284616 4.64454848 4.290560426 3.885055584 3.408378962 3.13200249 8.726767166
8.66695597 8.511026475 8.165388579 7.886056648 7.588043762 7.283412422 6.995678626 6.691862621 6.392544977
6.067374056 6.684029655 6.378719832 6.065855188 5.752272167 5.132414673 4.811352704 4.098269308 3.66174277
3.2644011""".split()
    return Regression(
        "Filip", "higher", 10, True, (["-" + one for one in x],), y,
        ("-1467.48961422980", "-2772.17959193342", "-2316.37108160893", "-1127.97394098372", "-354.478233703349",
         "-75.1242017393757", "-10.8753180355343", "-1.06221498588947", "-0.670191154593408E-01",
         "-0.246781078275479E-02", "-0.402962525080404E-04"),
        ("298.084530995537", "559.779865474950", "466.477572127796", "227.204274477751", "71.6478660875927",
         "15.2897178747400", "2.23691159816033", "0.221624321934227", "0.142363763154724E-01", "0.535617408889821E-03",
         "0.896632837373868E-05"), "0.334801051324544E-02",
    )  # fmt: skip


def regressions() -> list[Regression]:
    return [norris(), pontius(), *no_intercept(), longley(), *wampler(), filip()]


@dataclass(frozen=True)
class Variance:
    name: str
    difficulty: str
    groups: list[str]
    values: list[str]
    ss_between: str
    ms_between: str
    f: str
    ss_within: str
    ms_within: str
    r_squared: str
    sd: str


def variances() -> list[Variance]:
    made = []
    for path in sorted((DATA / "nist_anova").glob("*.dat")):
        lines = path.read_text().splitlines()
        difficulty = next(m[1].lower() for line in lines if (m := re.search(r"(\w+) Level of Difficulty", line)))
        between = next(line for line in lines if line.startswith("Between ")).split()
        within = next(line for line in lines if line.startswith("Within ")).split()
        r_squared = next(line for line in lines if "Certified R-Squared" in line).split()[-1]
        sd = next(line for line in lines if line.strip().startswith("Standard Deviation")).split()[-1]
        rows = [line.split() for line in lines[60:] if line.strip()]
        made.append(Variance(path.stem, difficulty, [r[0] for r in rows], [r[1] for r in rows], *between[-3:],
                             *within[-2:], r_squared, sd))  # fmt: skip
    return made


LEW = """-213 -564 -35 -15 141 115 -420 -360 203 -338 -431 194 -220 -513 154 -125 -559 92 -21 -579 -52 99 -543 -175 162
-457 -346 204 -300 -474 164 -107 -572 -8 83 -541 -224 180 -420 -374 201 -236 -531 83 27 -564 -112 131 -507
-254 199 -311 -495 143 -46 -579 -90 136 -472 -338 202 -287 -477 169 -124 -568 17 48 -568 -135 162 -430 -422
172 -74 -577 -13 92 -534 -243 194 -355 -465 156 -81 -578 -64 139 -449 -384 193 -198 -538 110 -44 -577 -6 66
-552 -164 161 -460 -344 205 -281 -504 134 -28 -576 -118 156 -437 -381 200 -220 -540 83 11 -568 -160 172 -414
-408 188 -125 -572 -32 139 -492 -321 205 -262 -504 142 -83 -574 0 48 -571 -106 137 -501 -266 190 -391 -406 194
-186 -553 83 -13 -577 -49 103 -515 -280 201 300 -506 131 -45 -578 -80 138 -462 -361 201 -211 -554 32 74 -533
-235 187 -372 -442 182 -147 -566 25 68 -535 -244 194 -351 -463 174 -125 -570 15 72 -550 -190 172 -424 -385 198
-218 -536 96"""

LOTTERY = """\
162 671 933 414 788 730 817 33 536 875 670 236 473 167 877 980 316 950 456 92 517 557 956 954 104 178 794 278
147 773 437 435 502 610 582 780 689 562 964 791 28 97 848 281 858 538 660 972 671 613 867 448 738 966 139 636
847 659 754 243 122 455 195 968 793 59 730 361 574 522 97 762 431 158 429 414 22 629 788 999 187 215 810 782
47 34 108 986 25 644 829 630 315 567 919 331 207 412 242 607 668 944 749 168 864 442 533 805 372 63 458 777
416 340 436 140 919 350 510 572 905 900 85 389 473 758 444 169 625 692 140 897 672 288 312 860 724 226 884 508
976 741 476 417 831 15 318 432 241 114 799 955 833 358 935 146 630 830 440 642 356 373 271 715 367 393 190 669
8 861 108 795 269 590 326 866 64 523 862 840 219 382 998 4 628 305 747 247 34 747 729 645 856 974 24 568 24
694 608 480 410 729 947 293 53 930 223 203 677 227 62 455 387 318 562 242 428 968"""

MAVRO = """2.00180 2.00170 2.00180 2.00190 2.00180 2.00170 2.00150 2.00140 2.00150 2.00150 2.00170 2.00180 2.00180
2.00190 2.00190 2.00210 2.00200 2.00160 2.00140 2.00130 2.00130 2.00150 2.00150 2.00160 2.00150 2.00140
2.00130 2.00140 2.00150 2.00140 2.00150 2.00160 2.00150 2.00160 2.00190 2.00200 2.00200 2.00210 2.00220
2.00230 2.00240 2.00250 2.00270 2.00260 2.00260 2.00260 2.00270 2.00260 2.00250 2.00240"""

MICHELSO = """\
299.85 299.74 299.90 300.07 299.93 299.85 299.95 299.98 299.98 299.88 300.00 299.98 299.93 299.65 299.76
299.81 300.00 300.00 299.96 299.96 299.96 299.94 299.96 299.94 299.88 299.80 299.85 299.88 299.90 299.84
299.83 299.79 299.81 299.88 299.88 299.83 299.80 299.79 299.76 299.80 299.88 299.88 299.88 299.86 299.72
299.72 299.62 299.86 299.97 299.95 299.88 299.91 299.85 299.87 299.84 299.84 299.85 299.84 299.84 299.84
299.89 299.81 299.81 299.82 299.80 299.77 299.76 299.74 299.75 299.76 299.91 299.92 299.89 299.86 299.88
299.72 299.84 299.85 299.85 299.78 299.89 299.84 299.78 299.81 299.76 299.81 299.79 299.81 299.82 299.85
299.87 299.87 299.81 299.74 299.81 299.94 299.95 299.80 299.81 299.87"""


def _accurate(base: str) -> list[str]:
    whole = Decimal(base)
    tenth = Decimal("0.1")
    return [str(whole), *(str(whole + (tenth if at % 2 else -tenth)) for at in range(1000))]


# name: difficulty, values, mean, standard deviation, lag-1 autocorrelation
UNIVARIATE = {
    "Lottery": ("lower", LOTTERY.split(), "518.958715596330", "291.699727470969", "-0.120948622967393"),
    "Lew": ("lower", LEW.split(), "-177.435000000000", "277.332168044316", "-0.307304800605679"),
    "Mavro": ("lower", MAVRO.split(), "2.00185600000000", "0.000429123454003053", "0.937989183438248"),
    "Michelso": ("average", MICHELSO.split(), "299.852400000000", "0.0790105478190518", "0.535199668621283"),
    "NumAcc1": ("lower", ["10000001", "10000003", "10000002"], "10000002", "1", "-0.5"),
    "NumAcc2": ("average", _accurate("1.2"), "1.2", "0.1", "-0.999"),
    "NumAcc3": ("average", _accurate("1000000.2"), "1000000.2", "0.1", "-0.999"),
    "NumAcc4": ("higher", _accurate("10000000.2"), "10000000.2", "0.1", "-0.999"),
}
