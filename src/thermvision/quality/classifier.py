"""A small logistic regression with cross-validation, and the interval of an AUC."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import minimize

from thermvision.tasks.measures.gender import roc_auc

FOLDS, REPEATS, DRAWS, PENALTY = 5, 4, 1000, 1.0


def out_of_fold_scores(
    features: Float[np.ndarray, "n k"], positive: Bool[np.ndarray, " n"], stream: np.random.Generator
) -> Float[np.ndarray, " n"]:
    """Mean score of each row from models that have not seen it: 5 stratified folds, 4 times over; any scale of features."""
    total = np.zeros(len(features))
    for _ in range(REPEATS):
        fold = np.empty(len(features), int)
        for kind in (positive, ~positive):
            rows = stream.permutation(np.flatnonzero(kind))
            fold[rows] = np.arange(len(rows)) % FOLDS
        for k in range(FOLDS):
            train = fold != k
            mean, sd = features[train].mean(axis=0), features[train].std(axis=0) + 1e-9
            weights = _fit((features[train] - mean) / sd, positive[train])
            total[~train] += (features[~train] - mean) / sd @ weights[1:] + weights[0]
    return total / REPEATS


def auc_interval(
    scores: Float[np.ndarray, " n"], positive: Bool[np.ndarray, " n"], stream: np.random.Generator
) -> tuple[float, float]:
    """95 % bootstrap interval of the AUC over rows, each class drawn with its own number."""
    yes, no = np.flatnonzero(positive), np.flatnonzero(~positive)
    drawn = []
    for _ in range(DRAWS):
        rows = np.concatenate([stream.choice(yes, len(yes)), stream.choice(no, len(no))])
        drawn.append(roc_auc(scores[rows], positive[rows]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _fit(features: np.ndarray, positive: np.ndarray) -> np.ndarray:
    sign = np.where(positive, 1.0, -1.0)

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (features @ weights[1:] + weights[0])
        pull = -sign / (1 + np.exp(np.clip(margin, -500, 500)))
        value = float(np.logaddexp(0, -margin).sum() + 0.5 * PENALTY * (weights[1:] ** 2).sum())
        slope = np.concatenate([[pull.sum()], features.T @ pull + PENALTY * weights[1:]])
        return value, slope

    return minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B").x
