"""Trains the weights that read refusals which no rule knows (`roammail/core/fallback.py`).

Run by a developer when rules or rows changed: `python packaging/train_fallback.py [MORE.jsonl]`.
Needs scikit-learn, which the program itself does not. Prints a cross-validation by server (rows
that name none stand for themselves) before it writes `resources/rules/fallback.json`. Rows in
further files teach the weights only; their text is not kept.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from roammail.adapters.rule_files import load_rules
from roammail.core.explain import find_reply, stage_from_word
from roammail.core.fallback import features
from roammail.core.lexicon import fold, words
from roammail.core.refusal import status_of

ROOT = Path(__file__).parents[1]
ROWS = (ROOT / "tests/core/refusals.jsonl", ROOT / "tests/core/tongues.jsonl")
TARGET = ROOT / "resources/rules/fallback.json"
STRENGTH = 8.0  # of the fit; less is smoother
IDEAS = 1.5  # how much an idea of the lexicon counts beside a bare word
SMALLEST = 0.08  # weights below are left out, and more where the file would grow too large
LARGEST = 290_000  # bytes of the file
SCALE = 0.02  # one step of a stored weight
UNKNOWN_STAGE = 0.3  # how much a row counts again with its stage hidden


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")


def read(path: Path) -> list[dict[str, Any]]:
    """Rows of a file as reply, stage, kind, other accepted kinds and a group."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        raw = json.loads(line)
        kind = raw.get("label") or raw["kind"]
        others = raw.get("labels_ok", raw.get("or", []))
        group = raw.get("server") or f"{path.name}:{number}"
        rows.append({**raw, "kind": kind, "or": set(others) | {kind}, "group": group})
    return rows


def described(row: dict[str, Any], hide_stage: bool = False) -> dict[str, float]:
    """The features of a row, in the form that the library wants."""
    lexicon = load_rules().lexicon
    found = find_reply(row["reply"])
    reply = found.reply
    stage = None if hide_stage else stage_from_word(row["stage"]) or found.stage
    text = fold(reply.text)
    mask = lexicon.find(text).mask
    ideas = [name for at, name in enumerate(lexicon.ideas) if mask >> at & 1]
    plain = [name for name in ideas if not name.startswith("says:")]
    place = load_rules().place(stage)
    seen = features(words(text), plain, place, reply.code, status_of(reply))
    return {name: IDEAS if name.startswith("i:") else 1.0 for name in seen}


def fitted(rows: list[dict[str, Any]]) -> tuple[DictVectorizer, LogisticRegression]:
    """A model of the rows; each counts again, less, with its stage hidden."""
    table = [described(row) for row in rows] + [described(row, hide_stage=True) for row in rows]
    share = [1.0] * len(rows) + [UNKNOWN_STAGE] * len(rows)
    kinds = [row["kind"] for row in rows] * 2
    frame = DictVectorizer(dtype=np.float32)
    model = LogisticRegression(C=STRENGTH, max_iter=600)
    model.fit(_scaled(frame.fit_transform(table)), kinds, sample_weight=share)
    return frame, model


def _scaled(matrix: Any) -> Any:
    return matrix * np.float32(1 / math.sqrt(20))


def cross_validated(rows: list[dict[str, Any]]) -> float:
    """Prints how often the model is right on servers that it has not seen; returns the best
    temperature, by which its logits are multiplied to make its confidence honest."""
    groups = [row["group"] for row in rows]
    logits = np.zeros((len(rows), 0))
    names: list[str] = sorted({row["kind"] for row in rows})
    logits = np.full((len(rows), len(names)), -20.0)
    for learn, check in GroupKFold(10).split(rows, groups=groups):
        frame, model = fitted([rows[at] for at in learn])
        part = model.decision_function(
            _scaled(frame.transform([described(rows[at]) for at in check]))
        )
        for column, name in enumerate(model.classes_):
            logits[check, names.index(name)] = part[:, column]
    right = np.array([names.index(row["kind"]) for row in rows])
    chosen = logits.argmax(axis=1)
    strict = float((chosen == right).mean())
    accepted = float(np.mean([names[c] in row["or"] for c, row in zip(chosen, rows, strict=True)]))
    sharpness = min(np.arange(0.4, 2.05, 0.05), key=lambda t: _surprise(logits * t, right))
    say(f"cross-validated on {len(rows)} rows: accepted {accepted:.3f}, strict {strict:.3f}")
    shares = _softmax(logits * sharpness).max(axis=1)
    good = np.array([names[c] in row["or"] for c, row in zip(chosen, rows, strict=True)])
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 1.01)):
        at = (shares >= low) & (shares < high)
        if at.any():
            say(f"  said {low:.2f}-{high:.2f}: {at.sum():4d} rows, right {good[at].mean():.2f}")
    return float(sharpness)


def _softmax(logits: Any) -> Any:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def _surprise(logits: Any, right: Any) -> float:
    return float(-np.log(_softmax(logits)[np.arange(len(right)), right] + 1e-9).mean())


def stored(
    frame: DictVectorizer, model: LogisticRegression, sharpness: float, smallest: float
) -> dict[str, Any]:
    """The weights as they are shipped: small ones left out, the rest as whole steps."""
    kinds = list(model.classes_)
    weights = {}
    for name, column in zip(frame.get_feature_names_out(), model.coef_.T, strict=True):
        pairs: list[int] = []
        times = IDEAS if name.startswith("i:") else 1.0
        for at, weight in enumerate(column):
            if abs(weight) >= smallest:
                pairs += [at, round(weight * times / SCALE)]
        if pairs:
            weights[name] = pairs
    factor = sharpness * SCALE / math.sqrt(20)
    bias = [round(float(value) * sharpness, 4) for value in model.intercept_]
    return {"version": 1, "kinds": kinds, "bias": bias, "scale": factor, "weights": weights}


def main() -> None:
    """Reads the rows, reports, writes the weights."""
    rows = [row for path in (*ROWS, *map(Path, sys.argv[1:])) for row in read(path)]
    sharpness = cross_validated(rows)
    frame, model = fitted(rows)
    smallest, text = SMALLEST, ""
    while not text or len(text.encode()) > LARGEST:
        data = stored(frame, model, sharpness, smallest)
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        smallest *= 1.05
    TARGET.write_text(text + "\n", encoding="utf-8")
    say(f"{len(data['weights'])} features, {len(text.encode()) // 1000} kB -> {TARGET.name}")


if __name__ == "__main__":
    main()
