"""Cast: one fictional person per role and site, with the password and PIN that the demo prints.

Nobody here exists. The passwords are public, so a node outside the demo refuses these credentials.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from milenari.journal import person
from milenari.journal.sign import Pen
from milenari.words import Role

SITES = ("BCN", "ROM", "BEY", "AMM")
# The loader unlocks each person's key with the printed credentials: no person stood at a screen, and every
# entry of the story says so.
COMPONENTS = ("demo-loader",)


@dataclass(frozen=True)
class Player:
    """A fictional person: where they work, in which post, as what, and under which name."""

    site: str
    post: str
    roles: tuple[Role, ...]
    name: str

    @property
    def person(self) -> str:
        return f"{self.site.lower()}-{self.post}"

    @property
    def password(self) -> str:
        return f"demo-{self.person}-2026"

    @property
    def pin(self) -> str:
        return f"{int(sha256(self.person.encode()).hexdigest(), 16) % 1_000_000:06d}"


# The trainer of each site is its second operator too, and a second analyst confirms the first one's results.
POSTS: dict[str, tuple[Role, ...]] = {
    "vector-manager": (Role.VECTOR_MANAGER,),
    "operator": (Role.OPERATOR,),
    "trainer": (Role.TRAINER, Role.OPERATOR),
    "analyst": (Role.QC_ANALYST,),
    "analyst2": (Role.QC_ANALYST,),
    "qa": (Role.QA,),
    "qa2": (Role.QA,),  # at the control site, where whoever drafts does not lock and whoever reports does not conclude
    "qp": (Role.QP,),
    "guest": (Role.OPERATOR,),  # comes from the plant for the first batches, with a training passport
    "apheresis": (Role.APHERESIS_NURSE,),
    "ward": (Role.WARD_NURSE,),
    "physician": (Role.PHYSICIAN,),
    "coordinator": (Role.COORDINATOR, Role.TRANSFER_LEAD),
    "it": (Role.IT_ADMIN,),
    "investigator": (Role.INVESTIGATOR,),
    "data-manager": (Role.DATA_MANAGER,),
    "statistician": (Role.STATISTICIAN,),
}

NAMES = {
    "BCN": {
        "vector-manager": "Núria Soler", "operator": "Pau Vidal", "trainer": "Montserrat Riera",
        "analyst": "Laia Puig", "analyst2": "Jordi Camps", "qa": "Carme Bosch", "qa2": "Gemma Ferrer",
        "qp": "Andreu Roig", "coordinator": "Elena Prats", "it": "Iker Aldana",
        "data-manager": "Berta Casals", "statistician": "Oriol Mas", "physician": "Marc Oliva",
    },
    "ROM": {
        "operator": "Marco Bellini", "trainer": "Paola Gentile", "analyst": "Chiara Lombardi",
        "analyst2": "Davide Serra", "qa": "Francesca Moretti", "qp": "Giorgio Valli",
        "apheresis": "Ilaria Fontana", "ward": "Matteo Rinaldi", "physician": "Lucia De Santis",
        "coordinator": "Elisa Marchetti", "it": "Nicolò Greco",
        "investigator": "Silvia Marini", "data-manager": "Luca Ferri",
    },
    "BEY": {
        "operator": "Karim Nassar", "trainer": "Maya Khoury", "analyst": "Rana Haddad", "analyst2": "Elie Saab",
        "qa": "Nadine Farah", "qp": "Samir Tannous", "apheresis": "Rita Gemayel", "ward": "Hadi Mansour",
        "guest": "Pau Vidal", "physician": "Layla Sfeir", "coordinator": "Joelle Abboud", "it": "Ziad Karam",
        "investigator": "Tania Harb", "data-manager": "Georges Aoun",
    },
    "AMM": {
        "operator": "Omar Qasem", "trainer": "Huda Zureikat", "analyst": "Dina Masri", "analyst2": "Tareq Saleh",
        "qa": "Rania Obeidat", "qp": "Yousef Haddadin", "apheresis": "Salma Nimri", "ward": "Anas Khatib",
        "physician": "Lina Tarawneh", "coordinator": "Faris Majali", "it": "Sami Daoud",
        "investigator": "Hiba Sharaf", "data-manager": "Nour Zaben",
    },
}  # fmt: skip

CAST: dict[str, Player] = {
    made.person: made
    for site, names in NAMES.items()
    for post, name in names.items()
    for made in [Player(site, post, POSTS[post], f"{name} (fictional)")]
}


def at(site: str) -> list[Player]:
    return [player for player in CAST.values() if player.site == site]


def enrol(player: Player) -> None:
    """Give the person a local credential, unless an earlier loading already did."""
    if not person.has_credential(player.person):
        person.enrol(player.person, player.site, player.password, person.SecondFactor("pin", player.pin))


def pen(player: Player) -> Pen:
    """The person's key as the loader holds it: unlocked once, and honest about how."""
    return Pen(player.person, person.check(player.person, player.password, player.pin), COMPONENTS)


def logins() -> list[dict[str, object]]:
    """Everybody who can log in; ``printed`` marks one person per role, for the short list."""
    shown: set[Role] = set()
    found: list[dict[str, object]] = []
    for player in sorted(CAST.values(), key=lambda p: ("ROM", "BCN", "BEY", "AMM").index(p.site)):
        first = player.roles[0]
        found.append({
            "person": player.person, "name": player.name, "site": player.site, "role": str(first),
            "roles": [str(r) for r in player.roles], "password": player.password, "pin": player.pin,
            "printed": first not in shown,
        })  # fmt: skip
        shown.add(first)
    return found
