"""The ward: the people of one site, each with a browser of their own, and what they do on the pages.

``Ward`` clicks and types; ``Keyboard`` reaches everything with Tab and presses Enter, as somebody in gloves with a
scanner would. Both count what hands did, act by act.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from milenari import demo, rules
from milenari.rules.action import ACTIONS

rules.load()
NOW = "What can be done now"
# What a paper record asks beside its own fields, and the node knows: printed name, date and time.
KNOWN = 3
# The filled-in fields of the form on the screen that nobody typed into, and the limits that a reader need not compare.
LEFT_ALONE = """(typed) => {
  const form = document.querySelector('form:has([name=password])');
  const boxes = [...form.elements].filter(e => e.name && e.type !== 'hidden' && e.tagName !== 'BUTTON'
    && !['password', 'second', 'role', 'csrfmiddlewaretoken'].includes(e.name) && !e.name.endsWith('.unit')
    && !typed.includes(e.name) && (e.type === 'checkbox' ? e.checked : e.value));
  return [boxes.length, form.querySelectorAll('.limit').length];
}"""


@dataclass
class Count:
    """What one station asked of hands: fields by how they were filled, and presses of buttons and links."""

    acts: int = 0
    typed: int = 0
    chosen: int = 0
    scanned: int = 0
    proposed: int = 0
    known: int = 0
    compared: int = 0
    secrets: int = 0
    presses: int = 0
    keys: int = 0

    @property
    def fields(self) -> int:
        """The fields that a paper record of the same acts has, its signatures included."""
        return self.typed + self.chosen + self.scanned + self.proposed + self.known + self.compared + self.acts


class Ward:
    """People of Rome who work by mouse and keyboard."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.logins = {login["person"]: login for login in demo.logins()}
        self.contexts: list[BrowserContext] = []
        self.pages: dict[str, Page] = {}
        self.signed: set[str] = set()
        self.last = ""
        self.counts: dict[str, Count] = defaultdict(Count)
        self.now = Count()

    # -- hands ------------------------------------------------------------------------------------------

    def press(self, what: Locator) -> None:
        """A button or a link."""
        self.now.presses += 1
        what.click()

    def type(self, what: Locator, text: str) -> None:
        what.fill(text)

    def choose(self, what: Locator, value: str) -> None:
        what.select_option(value)

    def tick(self, what: Locator) -> None:
        what.check()

    def scan(self, what: Locator, code: str) -> None:
        """A scanner types a code into where the cursor stands, and ends with Enter."""
        what.fill(code)
        what.press("Enter")

    def find(self, page: Page, code: str) -> None:
        """Scan any code into the box at the top of every page."""
        self.scan(page.locator("#find-q"), code)

    # -- pages ------------------------------------------------------------------------------------------

    def page(self, post: str) -> Page:
        """The person's own browser, logged in once by hand."""
        if post not in self.pages:
            context = self.browser.new_context(base_url=self.url, reduced_motion="reduce")
            self.contexts.append(context)
            page = self.pages[post] = context.new_page()
            login = self.logins[f"rom-{post}"]
            page.goto("/login")
            self.type(page.get_by_label("Person code"), str(login["person"]))
            self.type(page.get_by_label("Password", exact=True), str(login["password"]))
            self.type(page.get_by_label("Second factor"), str(login["pin"]))
            self.press(page.get_by_role("button", name="Log in"))
            expect(page.locator(".who")).to_contain_text(str(login["name"]))
        return self.pages[post]

    def at(self, post: str, code: str) -> Page:
        """This person looking at the journey or the batch as it stands now."""
        page = self.page(post)
        if unquote(urlsplit(page.url).path).rpartition("/")[2] != code or "/do/" in page.url:
            self.find(page, code)
            page.wait_for_url(lambda address: unquote(urlsplit(address).path).endswith(f"/{code}"))
        elif self.last != post:
            page.reload()
        self.last = post
        return page

    def open(self, post: str, code: str, button: str) -> Page:
        """Press a button of "What can be done now", which is offered to this very person."""
        page = self.at(post, code)
        self.press(part(page, NOW).get_by_role("link", name=button, exact=True))
        page.wait_for_url("**/do/**")
        return page

    def open_dose(self, post: str, dose: str, button: str) -> Page:
        page = self.at(post, dose.rpartition("-")[0])
        self.press(page.get_by_role("row", name=dose).get_by_role("link", name=button, exact=True))
        expect(box(page, "dose")).to_have_value(dose)
        return page

    def act(self, post: str, title: str) -> Page:
        """An act that begins something new, from the list of everything that can be done."""
        page = self.page(post)
        page.goto("/acts")
        self.press(page.get_by_role("link", name=title, exact=True))
        page.wait_for_url("**/do/**")
        return page

    # -- acts -------------------------------------------------------------------------------------------

    def sign(self, post: str, done: str, **typed: str) -> Page:
        """Type into the form on this person's screen, sign it and read that it was done."""
        page = self.send(post, **typed)
        expect(page.get_by_role("status").filter(has_text=done)).to_be_visible()
        return page

    def send(self, post: str, **typed: str) -> Page:
        page, login = self.page(post), self.logins[f"rom-{post}"]
        code = urlsplit(page.url).path.rpartition("/")[2]
        for name, value in typed.items():
            self.enter(page, name.replace("__", "."), value)
        left, limits = page.evaluate(LEFT_ALONE, [name.replace("__", ".") for name in typed])
        self.type(page.get_by_label("Password", exact=True), str(login["password"]))
        second = page.get_by_label("Second factor")
        # Asked for at the first signature of a session, and never again in it, even if the rule then refused the act.
        expect(second).to_have_count(0 if post in self.signed else 1)
        if post not in self.signed:
            self.type(second, str(login["pin"]))
            self.signed.add(post)
            self.now.secrets += 1
        self.press(page.get_by_role("button", name="Sign:"))
        self.now.secrets += 1
        self._count(code, left, limits)
        self.last = post
        return page

    def enter(self, page: Page, name: str, value: str) -> None:
        """Type, choose or tick, as the field asks; a scanned code ends with the scanner's Enter."""
        field = box(page, name)
        kind, scanned = field.evaluate("e => [e.tagName == 'SELECT' ? 'select' : e.type, 'scan' in e.dataset]")
        if kind == "select":
            self.now.chosen += not name.endswith(".unit")
            self.choose(field, value)
        elif kind == "checkbox":
            self.now.chosen += 1
            self.tick(field)
        elif scanned:
            self.now.scanned += 1
            self.scan(field, value)
        else:
            self.now.typed += 1
            self.type(field, value)

    def do(self, post: str, code: str, button: str, done: str, **typed: str) -> Page:
        self.open(post, code, button)
        return self.sign(post, done, **typed)

    def refused(self, post: str, sentence: str, **typed: str) -> Page:
        page = self.send(post, **typed)
        expect(page.get_by_role("alert")).to_contain_text("This was not recorded")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.get_by_label("Password", exact=True)).to_have_value("")
        return page

    def _count(self, action: str, proposed: int, limits: int) -> None:
        """Put what was done since the last act to the station of this one."""
        station = ACTIONS[action].__module__.rpartition(".")[2]
        made, self.now = self.now, Count()
        made.acts, made.proposed, made.compared, made.known = 1, proposed, limits, KNOWN
        kept = self.counts[station]
        for name in vars(made):
            setattr(kept, name, getattr(kept, name) + getattr(made, name))

    def table(self) -> str:
        """What hands did by station; the share is of the fields of a paper record that were typed."""
        names = ["acts", "fields", *(name for name in vars(Count()) if name != "acts")]
        total = Count()
        lines = [f"{'station':12}" + "".join(f"{name:>9}" for name in names) + f"{'share':>9}"]
        for station, count in [*self.counts.items(), ("all", total)]:
            lines.append(f"{station:12}" + "".join(f"{getattr(count, name):>9}" for name in names)
                         + f"{count.typed / max(count.fields, 1):>9.0%}")  # fmt: skip
            for name in vars(total):
                setattr(total, name, getattr(total, name) + getattr(count, name))
        return "\n".join(lines)


class Keyboard(Ward):
    """People of Rome without a mouse: Tab, Enter, arrows, and a scanner that types fast and ends with Enter."""

    def reach(self, what: Locator) -> Page:
        """Go to an element as a keyboard can: onwards with Tab, past the header by its own link."""
        page = what.page
        expect(what).to_have_count(1)
        target = what.element_handle()
        assert target is not None
        there = "e => e === document.activeElement"
        if not target.evaluate(there):
            if target.evaluate("e => !!e.closest('main') && !document.activeElement.closest('main')"):
                self._skip(page)
            # Onwards, or back where that is nearer, as a person would.
            onwards = target.evaluate(
                "e => !(e.compareDocumentPosition(document.activeElement) & Node.DOCUMENT_POSITION_FOLLOWING)"
            )
            for _ in range(400):
                if target.evaluate(there):
                    break
                self.key(page, "Tab" if onwards else "Shift+Tab")
            else:
                raise AssertionError(f"no Tab reaches {what}")
        seen = target.evaluate("e => getComputedStyle(e).outlineStyle !== 'none' || e.matches(':focus-visible')")
        assert seen, f"where the focus is cannot be seen: {what}"
        return page

    def _skip(self, page: Page) -> None:
        """Back to the first link of the page, which leads past the header."""
        for _ in range(200):
            first, nowhere = page.evaluate(
                "[document.activeElement.matches('a.skip'), document.activeElement === document.body]"
            )
            if first:
                self.key(page, "Enter")
                return
            self.key(page, "Tab" if nowhere else "Shift+Tab")
        raise AssertionError("no way past the header")

    def key(self, page: Page, key: str) -> None:
        self.now.keys += 1
        page.keyboard.press(key)

    def press(self, what: Locator) -> None:
        self.now.presses += 1
        self.key(self.reach(what), "Enter")

    def type(self, what: Locator, text: str) -> None:
        page = self.reach(what)
        if what.get_attribute("type") == "date":
            year, month, day = text.split("-")
            page.keyboard.type(f"{month}{day}{year}")
        else:
            self.key(page, "ControlOrMeta+a")
            page.keyboard.type(text)
        expect(what).to_have_value(text)

    def choose(self, what: Locator, value: str) -> None:
        page = self.reach(what)
        self.key(page, "Home")
        for _ in range(80):
            if what.input_value() == value:
                return
            self.key(page, "ArrowDown")
        raise AssertionError(f"no arrow reaches {value} of {what}")

    def tick(self, what: Locator) -> None:
        self.key(self.reach(what), "Space")
        expect(what).to_be_checked()

    def scan(self, what: Locator, code: str) -> None:
        page = self.reach(what)
        if what.input_value():
            self.key(page, "ControlOrMeta+a")
        page.keyboard.type(code)
        page.keyboard.press("Enter")

    def find(self, page: Page, code: str) -> None:
        """The slash goes to the box for codes from wherever nothing is being typed."""
        page.wait_for_load_state()
        found = page.locator("#find-q")
        if not page.evaluate("document.activeElement.matches('input, select, textarea')"):
            self.key(page, "/")
            expect(found).to_be_focused()
        self.scan(found, code)


def part(page: Page, name: str) -> Locator:
    """A section of a page by its heading; a table that scrolls within it carries the same name."""
    return page.get_by_role("region", name=name, exact=True).first


def box(page: Page, name: str) -> Locator:
    return page.locator(f"[name='{name}']")
