"""What an opened row shows: the diagnosis with its remedies, or what is well, and the ports that
were also tried."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from roammail.core.report import EndpointReport
from roammail.ui.context import Context
from roammail.ui.models.rows import ProfileRow, RowState
from roammail.ui.models.way import Place, way_of
from roammail.ui.states import endpoint_words
from roammail.ui.theme import M, Role, S, Tone
from roammail.ui.widgets.diagnosis_card import DiagnosisCard
from roammail.ui.widgets.texts import text
from roammail.ui.widgets.way_drawing import WayDrawing
from roammail.words.display import display


class RowDetails(QWidget):
    """`show_row`; `remedy_chosen` carries the Remedy."""

    remedy_chosen = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M + S)
        self._plain = text(context.theme, "", Role.BODY, Tone.MUTED)
        column.addWidget(self._plain)
        self.card = DiagnosisCard(context)
        self.card.remedy_chosen.connect(self.remedy_chosen)
        column.addWidget(self.card)
        self._also = text(context.theme, "", Role.SMALL, Tone.MUTED, selectable=True)
        column.addWidget(self._also)
        self.way = WayDrawing(context.theme, context.say)
        column.addWidget(self.way)

    def show_row(self, row: ProfileRow, now: datetime, *, another_works: bool) -> None:
        """`now` goes into the help desk's report."""
        say, report = self._context.say, row.report
        plain = self._plain_words(row)
        self._plain.setText(plain)
        self._plain.setVisible(bool(plain))
        told = report is not None and not plain
        self.card.setVisible(told)
        self.way.setVisible(told)
        self._also.setVisible(False)
        if report is None or plain:
            return
        best = next((t for t in report.tried if t.endpoint == report.endpoint), None)
        self.card.show_diagnosis(
            report.diagnosis,
            best.transcript if best else (),
            self._facts(row, best, now),
            another_works=another_works,
            good=say("This server takes your mail from here."),
        )
        self.way.show_way(way_of(report.diagnosis), self._captions(row))
        others = [self._also_tried(t) for t in report.tried if t.endpoint != report.endpoint]
        self._also.setText("\n".join(others))
        self._also.setVisible(bool(others))

    def _plain_words(self, row: ProfileRow) -> str:
        say = self._context.say
        if row.state is RowState.BROKEN and row.broken is not None:
            return say(
                "This profile cannot be used. {reason}", reason=display(row.broken.reason, 300)
            )
        if row.state is RowState.CHECKING and row.report is None:
            return say("The test is under way.")
        if row.state is RowState.UNKNOWN:
            return say(
                "Everything went well up to the last question, and that one could not be asked: "
                "would the server pass your mail on? Name an address of yours at another provider "
                "under Settings, “Address for tests”."
            )
        if row.report is None:
            return say("Not tested on this network yet.")
        return ""

    def _also_tried(self, tried: EndpointReport) -> str:
        words = self._context.words
        place = endpoint_words(tried.endpoint)
        if tried.diagnosis is None:
            return self._context.say("Also tried {server}: works.", server=place)
        return self._context.say(
            "Also tried {server}: {headline}.",
            server=place,
            headline=words.headline(tried.diagnosis),
        )

    def _facts(self, row: ProfileRow, best: EndpointReport | None, now: datetime) -> dict[str, str]:
        endpoint, view = row.shown_endpoint, self._context.situation.network
        facts = {"time": f"{(row.checked or now).astimezone():%Y-%m-%d %H:%M %Z}"}
        if endpoint is not None:
            facts |= {"server": endpoint.host, "port": str(endpoint.port)}
        if best is not None and best.address:
            facts["address"] = best.address
        if view is not None and view.network.name:
            facts["network"] = view.network.name
        return facts

    def _captions(self, row: ProfileRow) -> dict[Place, str]:
        view, endpoint = self._context.situation.network, row.shown_endpoint
        captions = {}
        if view is not None and view.network.name:
            captions[Place.NETWORK] = display(view.network.name, 40)
        if endpoint is not None:
            captions[Place.SERVER] = display(endpoint.host, 60)
        if row.state is RowState.WORKS:
            captions[Place.OTHERS] = self._context.say("asked when you send")
        return captions
