"""Trains the weights that read refusals beside the rules (`roammail/core/fallback.py`).

Run by a developer when rules or rows changed: `python packaging/train_fallback.py [FIELD.jsonl]`.
Needs scikit-learn, which the program itself does not. Learns from the rows of the tests and of
`packaging/wordings/`; rows in further files teach the weights only, FIELD times as much, and
their text is not kept. Prints a cross-validation by server (rows that name none stand for
themselves) before it writes `resources/rules/fallback.json`.

Two linear models are added up: a logistic regression, which tells near wordings apart, and naive
Bayes, which is steadier on wordings that nobody has seen. Together they are right more often on
unseen servers than either.
"""

import json
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import vstack
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import MultinomialNB

from roammail.adapters.rule_files import load_rules
from roammail.core.explain import find_reply, stage_from_word
from roammail.core.fallback import HIGHEST, LOWEST, NOUGHT, features
from roammail.core.lexicon import fold, words
from roammail.core.refusal import status_of

ROOT = Path(__file__).parents[1]
ROWS = (
    ROOT / "tests/core/refusals.jsonl",
    ROOT / "tests/core/tongues.jsonl",
    *sorted((ROOT / "packaging/wordings").glob("*.jsonl")),
)
TARGET = ROOT / "resources/rules/fallback.json"
#: How much a row of a further file counts; and one that was found, or that says otherwise what
#: such a row says and has its kind from there (a precedent).
FIELD, FOUND = 3.0, 1.5
STRENGTH = 4.0  # of the regression; less is smoother
IDEAS = 1.5  # how much an idea of the lexicon counts beside a bare word, in the regression
EVEN = 1 / np.sqrt(20)  # brings rows of usual length to a length of about 1
BAYES, SMOOTHED = 0.08, 0.1  # the share of naive Bayes, and its smoothing
OTHERS = 0.2  # how much a row counts for all the other kinds that an expert accepts
UNKNOWN_STAGE = 0.3  # how much a row counts again with its stage hidden
RARELY = 2  # rows in which a feature must be found to be kept
FAR = 0.9998  # of the weights fit into the steps of a letter


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(f"{line}\n")


def read(path: Path, from_field: bool = False) -> list[dict[str, Any]]:
    """Rows of a file as reply, stage, kind, all accepted kinds, a group, whether the wording was
    found, and how much it counts."""
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        raw = json.loads(line)
        kind = raw.get("label") or raw["kind"]
        others = raw.get("labels_ok", raw.get("or", []))
        group = raw.get("server") or f"{path.name}:{number}"
        found = from_field or raw.get("found", False)
        loudness = FIELD if from_field else FOUND if found or raw.get("precedent") else 1.0
        more = {"or": set(others) | {kind}, "group": group, "found": found, "loudness": loudness}
        rows.append({"reply": raw["reply"], "stage": raw["stage"], "kind": kind, **more})
    return rows


@cache
def described(text: str, stage_word: str, hide_stage: bool = False) -> dict[str, float]:
    """The features of a refusal, in the form that the library wants."""
    rules = load_rules()
    found = find_reply(text)
    reply = found.reply
    stage = found.stage if hide_stage else stage_from_word(stage_word) or found.stage
    folded = fold(reply.text)
    mask = rules.lexicon.find(folded).mask
    ideas = [name for at, name in enumerate(rules.lexicon.ideas) if mask >> at & 1]
    plain = [name for name in ideas if not name.startswith("says:")]
    seen = features(words(folded), plain, rules.place(stage), reply.code, status_of(reply))
    return dict.fromkeys(seen, 1.0)


class Model:
    """Both models over the same features, added up."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        plain = [described(row["reply"], row["stage"]) for row in rows]
        hidden = [described(row["reply"], row["stage"], True) for row in rows]
        self._frame = DictVectorizer(dtype=np.float32)
        matrix = self._frame.fit_transform(plain)
        self.names = self._frame.get_feature_names_out()
        self._kept = np.asarray(matrix.sum(axis=0)).ravel() >= RARELY
        others = [
            (at, kind, OTHERS / (len(row["or"]) - 1))
            for at, row in enumerate(rows)
            for kind in sorted(row["or"] - {row["kind"]})
        ]
        table = vstack([matrix, self._frame.transform(hidden), matrix[[at for at, *_ in others]]])
        kinds = [row["kind"] for row in rows]
        loudness = np.array([row["loudness"] for row in rows])
        again = np.array([loudness[at] * share for at, _, share in others])
        share = np.concatenate([loudness, UNKNOWN_STAGE * loudness, again])
        self._fit(table.tocsr(), kinds * 2 + [kind for _, kind, _ in others], share)

    def _fit(self, table: Any, kinds: list[str], share: Any) -> None:
        ideas = np.array([IDEAS if name.startswith("i:") else 1.0 for name in self.names])
        scaled = table.multiply(ideas * EVEN * self._kept).tocsr()
        regression = LogisticRegression(C=STRENGTH, max_iter=400)
        regression.fit(scaled, kinds, sample_weight=share)
        # An idea at a stage would be counted twice by a model that takes features as independent.
        alone = np.array([not name.startswith("si:") for name in self.names]) & self._kept
        bayes = MultinomialNB(alpha=SMOOTHED)
        bayes.fit(table.multiply(alone).tocsr(), kinds, sample_weight=share)
        self.kinds = list(regression.classes_)
        said = regression.coef_ * (ideas * EVEN) + BAYES * bayes.feature_log_prob_ * alone
        weights = np.where(self._kept, said, 0.0)
        self.weights = weights - weights.mean(axis=0)  # the same for all kinds says nothing
        self.bias = regression.intercept_ + BAYES * bayes.class_log_prior_

    def logits(self, rows: Sequence[dict[str, Any]]) -> Any:
        """The sum for each kind (columns as `kinds`) of each row."""
        table = self._frame.transform([described(row["reply"], row["stage"]) for row in rows])
        return table @ self.weights.T + self.bias

    def stored(self, sharpness: float) -> dict[str, Any]:
        """The weights as they are shipped: a letter for each kind, in steps."""
        most = np.quantile(np.abs(self.weights[:, self._kept]), FAR)  # the few beyond are clipped
        step = most / (HIGHEST - NOUGHT)
        highest, lowest = HIGHEST - NOUGHT, LOWEST - NOUGHT
        steps = np.rint(self.weights / step).clip(lowest, highest).astype(int)
        weights = {
            name: "".join(chr(NOUGHT + int(number)) for number in column)
            for name, column, kept in zip(self.names, steps.T, self._kept, strict=True)
            if kept
        }
        return {
            "version": 2,
            "kinds": self.kinds,
            "bias": [round(float(value) * sharpness, 4) for value in self.bias],
            "scale": float(step) * sharpness,
            "weights": weights,
        }


def cross_validated(rows: list[dict[str, Any]]) -> float:
    """Prints how often the model is right on servers that it has not seen; returns the best
    temperature, by which its logits are multiplied to make its confidence honest. It is taken
    on rows that were found, not written: those that were written resemble each other."""
    names = sorted({row["kind"] for row in rows})
    logits = np.full((len(rows), len(names)), -20.0)
    for learn, check in GroupKFold(5).split(rows, groups=[row["group"] for row in rows]):
        model = Model([rows[at] for at in learn])
        columns = [names.index(kind) for kind in model.kinds]
        logits[np.ix_(check, columns)] = model.logits([rows[at] for at in check])
    right = np.array([names.index(row["kind"]) for row in rows])
    chosen = logits.argmax(axis=1)
    good = np.array([names[c] in row["or"] for c, row in zip(chosen, rows, strict=True)])
    found = np.array([row["found"] for row in rows])
    for label, part in (("all", np.ones_like(found)), ("found", found)):
        strict = float((chosen == right)[part].mean())
        say(f"{label}: {part.sum()} rows, accepted {good[part].mean():.3f}, strict {strict:.3f}")
    tried = np.arange(0.2, 2.05, 0.05)
    sharpness = min(tried, key=lambda t: _surprise((logits * t)[found], right[found]))
    shares = _softmax(logits * sharpness).max(axis=1)
    for low, high in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 1.01)):
        at = (shares >= low) & (shares < high) & found
        if at.any():
            say(f"  said {low:.2f}-{high:.2f}: {at.sum():4d} rows, right {good[at].mean():.2f}")
    return float(sharpness)


def _softmax(logits: Any) -> Any:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def _surprise(logits: Any, right: Any) -> float:
    return float(-np.log(_softmax(logits)[np.arange(len(right)), right] + 1e-9).mean())


def main() -> None:
    """Reads the rows, reports, writes the weights."""
    rows = [row for path in ROWS for row in read(path)]
    rows += [row for name in sys.argv[1:] for row in read(Path(name), from_field=True)]
    sharpness = cross_validated(rows)
    data = Model(rows).stored(sharpness)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    TARGET.write_text(text + "\n", encoding="utf-8")
    say(f"{len(data['weights'])} features, {len(text.encode()) // 1000} kB -> {TARGET.name}")


if __name__ == "__main__":
    main()
