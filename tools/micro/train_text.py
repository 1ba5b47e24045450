"""Build the two tokenizers offline and train the two small text encoders to tell what a caption says of each thing.

Afterwards both are frozen: the transformer learns from embeddings in which what was said is already apart.
"""

from __future__ import annotations

import math
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from thermvision.flux.appearance import VALUES, Appearance
from thermvision.flux.captions import phrase, thin_out

TEXT_TOKENS = 40  # of T5: the prompts of judge_micro.py have 22 to 43; what is cut off is in CLIP's pooled vector only
CLIP_TOKENS, WIDTH = 77, 128
VOCABULARY_CLIP = 1200
BATCH, STEPS, LEARNING_RATE = 128, 1500, 2e-3
_OTHER_WORDS = (
    "photo picture image of the a an and in on at by with without person people very really beautiful handsome detailed portrait "
    "camera temperature heat kelvin celsius degrees colour colourless grey gray black white hot cold sensor FLIR uncooled "
    "microbolometer background plain wall light dark soft sharp focus 8k best quality masterpiece looking standing sitting "
    "wearing showing face head skin eyes nose mouth forehead cheeks chin neck shirt jacket coat blue red green tall small"
).split()


def random_appearance(stream):
    """Every field at random, or left out; beards on men only."""
    values = {name: str(stream.choice(choices)) for name, choices in VALUES.items()}
    if values["gender"] == "female":
        values["beard"] = None
    for worn in ("eyewear", "headwear", "face_mask", "beard"):
        if stream.random() < 0.5 and values[worn] is not None:
            values[worn] = "none"
    few = stream.random() < 0.3
    return Appearance(**{name: None if few and stream.random() < 0.6 else value for name, value in values.items()})


def draw(stream):
    """A caption, now and then with foreign words, and what it says."""
    said = thin_out(random_appearance(stream), stream)
    text = phrase(said, stream)
    if stream.random() < 0.3:
        words = text.split(" ")
        for _ in range(int(stream.integers(1, 5))):
            words.insert(int(stream.integers(len(words) + 1)), str(stream.choice(_OTHER_WORDS)))
        kept = [word.strip(",") for word in words]
        text = " ".join(words) if all(word in kept for word in text.replace(",", "").split()) else text
    return text, said


def targets(said):
    """The class of each field; 0 = not said."""
    return [0 if (value := getattr(said, name)) is None else 1 + VALUES[name].index(value) for name in VALUES]


def t5_tokenizer(texts):
    """A unigram vocabulary of whole words, each as likely as it is frequent, and of single characters for all others."""
    from transformers import T5TokenizerFast

    counts = Counter(word for text in texts for word in re.findall(r"[^\s,]+", text))
    total = sum(counts.values())
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), (",", -3.0), ("\u2581", -4.0)]
    pieces += [(f"\u2581{word}", math.log(count / total)) for word, count in counts.most_common()]
    pieces += [(chr(code), -14.0) for code in range(33, 127) if chr(code) != ","]
    return T5TokenizerFast(vocab=pieces, extra_ids=0, model_max_length=512)


def clip_tokenizer(texts):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    empty = CLIPTokenizer()._tokenizer
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = empty.normalizer, empty.pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=VOCABULARY_CLIP, end_of_word_suffix="</w>", initial_alphabet=alphabet)
    )
    import json

    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for symbol in [*(byte + "</w>" for byte in alphabet), "<|startoftext|>", "<|endoftext|>"]:
        vocabulary.setdefault(symbol, len(vocabulary))
    merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in model["merges"]]
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=CLIP_TOKENS)


def encoders(clip_tok, t5_tok):
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    clip = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(clip_tok), hidden_size=WIDTH, intermediate_size=2 * WIDTH, num_hidden_layers=2, num_attention_heads=4, projection_dim=WIDTH,
        max_position_embeddings=CLIP_TOKENS, bos_token_id=clip_tok.bos_token_id, eos_token_id=clip_tok.eos_token_id, pad_token_id=clip_tok.pad_token_id))  # fmt: skip
    t5 = T5EncoderModel(T5Config(vocab_size=len(t5_tok), d_model=WIDTH, d_kv=32, d_ff=2 * WIDTH, num_layers=2, num_heads=4, dropout_rate=0.0,
                                 feed_forward_proj="gated-gelu", is_encoder_decoder=False, use_cache=False, pad_token_id=0, eos_token_id=1))  # fmt: skip
    return clip, t5


def token_ids(clip_tok, t5_tok, texts):
    """As FluxPipeline does it: CLIP padded to 77, T5 padded to `TEXT_TOKENS`, no masks."""
    clip = clip_tok(texts, padding="max_length", max_length=CLIP_TOKENS, truncation=True, return_tensors="pt").input_ids
    t5 = t5_tok(texts, padding="max_length", max_length=TEXT_TOKENS, truncation=True, return_tensors="pt").input_ids
    return clip, t5


def train(out: Path, steps: int = STEPS):
    torch.manual_seed(0)
    stream = np.random.default_rng(0)
    corpus = [draw(stream)[0] for _ in range(40000)] + _OTHER_WORDS
    clip_tok, t5_tok = clip_tokenizer(corpus), t5_tokenizer(corpus)
    lengths = [len(t5_tok(text).input_ids) for text in corpus[:2000]]
    print(
        "T5 tokens: median",
        np.median(lengths),
        "95 %",
        np.percentile(lengths, 95),
        "vocabularies",
        len(t5_tok),
        len(clip_tok),
        flush=True,
    )
    clip, t5 = encoders(clip_tok, t5_tok)
    sizes = [len(choices) + 1 for choices in VALUES.values()]
    heads = torch.nn.ModuleList([torch.nn.Linear(WIDTH, sum(sizes)), torch.nn.Linear(WIDTH, sum(sizes))])
    parameters = [*clip.parameters(), *t5.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    began = time.time()

    def logits_of(texts):
        clip_ids, t5_ids = token_ids(clip_tok, t5_tok, texts)
        pooled = clip(clip_ids).pooler_output
        return heads[0](pooled), heads[1](t5(t5_ids)[0].mean(dim=1))

    for step in range(steps):
        texts, said = zip(*(draw(stream) for _ in range(BATCH)), strict=True)
        wanted = torch.tensor([targets(one) for one in said])
        loss = 0.0
        for logits in logits_of(list(texts)):
            for k, part in enumerate(logits.split(sizes, dim=1)):
                loss = loss + torch.nn.functional.cross_entropy(part, wanted[:, k]) / len(sizes)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        if (step + 1) % 100 == 0:
            print(f"text {step + 1} loss {loss.item():.4f} {(time.time() - began) / (step + 1):.3f} s/step", flush=True)
    with torch.no_grad():
        texts, said = zip(*(draw(stream) for _ in range(2000)), strict=True)
        wanted = torch.tensor([targets(one) for one in said])
        for name, logits in zip(("CLIP", "T5"), logits_of(list(texts)), strict=True):
            right = torch.stack([part.argmax(1) == wanted[:, k] for k, part in enumerate(logits.split(sizes, dim=1))])
            print(
                name,
                "right:",
                {field: round(float(share), 4) for field, share in zip(VALUES, right.float().mean(1), strict=True)},
                flush=True,
            )
    for model, folder in (
        (clip, "text_encoder"),
        (t5, "text_encoder_2"),
        (clip_tok, "tokenizer"),
        (t5_tok, "tokenizer_2"),
    ):
        model.save_pretrained(out / folder)


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else STEPS)
