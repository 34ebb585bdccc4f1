"""The Solara page: the Mesa model in a session, its controls, and the panels. `experiments.page.serve` serves it.

A panel gets its picture as text and changes only where the text does. The files beside this one hold the rest:
`session` what the buttons do, `story` what is read from the model, `*_figure` the pictures.
"""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import solara

from experiments.page.calendar_figure import draw_calendar
from experiments.page.controls import settings_form
from experiments.page.hegemon_figure import draw_hegemon
from experiments.page.outcome_table import outcome_table
from experiments.page.session import Session
from experiments.page.settings import plain
from experiments.page.start import Start, read_start
from experiments.page.story import Story, headline, in_words, read_story
from experiments.page.tariffs_figure import draw_tariffs
from experiments.page.why_figure import draw_why
from experiments.reports.convergence import warnings_of

CSS = Path(__file__).parent / "page.css"
Ask = Callable[[dict[str, Any]], None]


@solara.component_vue("transport.vue", vuetify=False)
def Transport(view: dict[str, Any], file: dict[str, Any], event_request: Ask) -> None:
    """The bar at the top: the day, the buttons, what a screen reader is told."""


@solara.component_vue("controls.vue", vuetify=False)
def Controls(form: dict[str, Any], event_request: Ask) -> None:
    """Case, strategies, seed, and a slider for every declared number."""


@solara.component_vue("panel.vue", vuetify=False)
def Panel(name: str, heading: str, html: str, choices: list[dict[str, str]], chosen: str, event_request: Ask) -> None:
    """A picture with its heading; `choices` are countries to pick from."""


@solara.component_vue("answer.vue", vuetify=False)
def Answer(state: dict[str, Any]) -> None:
    """Changes last, and so tells that the whole of an answer is shown."""


@solara.component
def Layout(children: list[solara.Element]) -> solara.Element:
    """The page alone, without Solara's own bar."""
    return solara.Div(children=children)


@solara.component
def Page() -> None:
    """One open page."""
    router = solara.use_router()
    session = solara.use_memo(lambda: Session(read_start(), router.search or ""), [])
    _, set_serial = solara.use_state(0)

    def ask(request: dict[str, Any]) -> None:
        session.act(request)
        set_serial(session.serial)

    story = read_story(session.model)
    pictures = draw(session, story)
    countries = [{"value": "", "text": "the country called last"}]
    countries += [{"value": row.iso3, "text": row.name} for row in story.rows]
    solara.Title("tariff-pause")
    solara.Style(CSS)
    with solara.Div(classes=["page"]):
        Transport(view=transport_view(session, story), file=session.file, event_request=ask)
        with solara.Div(classes=["body"]):
            Controls(form=settings_form(session), event_request=ask)
            with solara.Div(classes=["panels"]):
                show("notices", "", pictures, ask)
                with solara.Div(classes=["stage"]):
                    show("calendar", "", pictures, ask)
                    show("why", "Why", pictures, ask, countries, session.picked)
                    with solara.Div(classes=["rest"]):
                        show("tariffs", "Tariffs and concessions", pictures, ask)
                        show("hegemon", "The hegemon", pictures, ask)
                show("outcome", "Outcome", pictures, ask)
        Answer(state={"serial": session.serial, "day": story.day, "played": session.played, "running": story.running})


def show(
    name: str,
    heading: str,
    pictures: dict[str, str],
    ask: Ask,
    choices: Sequence[dict[str, str]] = (),
    chosen: str = "",
) -> None:
    """One panel with its picture."""
    Panel(name=name, heading=heading, html=pictures[name], choices=list(choices), chosen=chosen, event_request=ask)


def draw(session: Session, story: Story) -> dict[str, str]:
    """Every picture of the page."""
    country, call, told = session.explained()
    row = next((row for row in story.rows if row.iso3 == country), None)
    return {
        "notices": notices(session),
        "calendar": draw_calendar(story, call),
        "why": draw_why(row, told, call),
        "tariffs": draw_tariffs(story),
        "hegemon": draw_hegemon(story, session.why_called(call)),
        "outcome": outcome_table(session.model, session.shown.command(session.ready.case)),
    }


def rehearse(start: Start) -> None:
    """Open a page, play its run and draw it, without a browser: what cannot be served is refused here, and the first
    click does not wait for the rules to be compiled."""
    session = Session(start)
    for action in ("step", "finish", "reset"):
        session.act({"action": action})
        draw(session, read_story(session.model))


def transport_view(session: Session, story: Story) -> dict[str, Any]:
    """What the bar at the top shows."""
    case = session.ready.case
    return {
        "played": session.played,
        "last": story.end_day + 1,
        "running": story.running,
        "model": f"Mesa model: step {story.steps}, {story.agents} agents",
        "about": "A Mesa model of a negotiation (agents/negotiation.py): a step is a day with all its meetings; its "
        "agents are the hegemon, which calls, and the countries, which answer.",
        "headline": headline(story),
        "words": in_words(story, session.last_reason()),
        "solving": len(case.ids) if session.waiting_for is not None else 0,
        "address": session.chosen.address(session.start, session.played),
    }


def notices(session: Session) -> str:
    """What must be said: settings that cannot be used, a game still being solved, how a replay compares."""
    out = []
    if session.problem:
        out.append(f'<p class="notice bad" role="alert">{escape(session.problem)}</p>')
    if session.waiting_for is not None:
        out.append(
            '<p class="notice" role="status">Solving the game under the new settings; until then the page shows the '
            "run under the old ones.</p>"
        )
    for text in warnings_of(vars(session.ready.prepared.status)):
        out.append(f'<p class="notice doubt">{escape(text[0].upper() + text[1:])}.</p>')
    if session.stored is not None and session.verdict is not None:
        stored = session.stored
        where = f"point {stored.point}, replicate {stored.replicate} of {stored.folder}"
        if session.shown != session.start:
            out.append(
                f'<p class="notice">No longer the stored run ({escape(where)}): settings have been changed. '
                '<button type="button" data-action="restore">Back to the stored run</button></p>'
            )
        else:
            kind = {True: "good", False: "bad", None: "doubt"}[session.verdict.equal]
            written = {
                name: value if isinstance(value, str) else plain(value) for name, value in stored.factors.items()
            }
            factors = ", ".join(f"{name} = {value}" for name, value in written.items())
            text = f"Replay of {where} ({factors}). {session.verdict.text}"
            if stored.doubts:
                text += f" It cannot be guaranteed: {'; '.join(stored.doubts)}."
            out.append(f'<p class="notice {kind}" role="status">{escape(text)}</p>')
    return "".join(out)
