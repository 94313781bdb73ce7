"""VGB walks as its chain says: its exact law is that of powers of a transition matrix, written down a second time."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from sampler import BacktrackSampler, Decoding
from strategies import VGB
from tests.models import all_texts, random_bigram, text_of, total_variation
from tests.strategies.walked import finished_rows

VOCAB = ["a", "b", "<eos>"]
END = 2
BANNED = ["ab", "bb"]
LENGTH = 3


def is_clean(text):
    return not any(phrase in text for phrase in BANNED)


@pytest.fixture(scope="module")
def backend():
    return random_bigram(VOCAB, 3, {END})


@pytest.fixture(scope="module")
def conditional(backend):
    clean = {x: p for x, p in all_texts(backend, LENGTH).items() if is_clean(text_of(backend, x))}
    return {x: p / sum(clean.values()) for x, p in clean.items()}


def is_leaf(node):
    return len(node) == LENGTH or node[-1:] == (END,)


def clean_prefixes(backend):
    nodes = [()]
    for node in nodes:
        children = [] if is_leaf(node) else [(*node, token) for token in range(len(VOCAB))]
        nodes += [child for child in children if is_clean(text_of(backend, child))]
    return nodes


def transitions(backend, nodes):
    """One lazy step [N, N], from row to column: half stays; to the parent with weight 1, to a child with p(c|u)."""
    number = {node: i for i, node in enumerate(nodes)}
    step = np.zeros((len(nodes), len(nodes)))
    for node, i in number.items():
        up, down = float(node != ()), float(not is_leaf(node))
        if up:
            step[i, number[node[:-1]]] = 0.5 * up / (up + down)
        for token in range(len(VOCAB)) if down else ():
            child = number.get((*node, token))
            if child is not None:
                step[i, child] = 0.5 * down / (up + down) * exp(backend.score((), (*node, token))[-1])
        step[i, i] = 1 - step[i].sum()
    return step


def law_of_the_chain(backend, steps):
    """Where the walk stands at the first look that finds it on a finished text."""
    nodes = clean_prefixes(backend)
    leaf = np.array([is_leaf(node) for node in nodes])
    until_look = np.linalg.matrix_power(transitions(backend, nodes), steps)
    # Mass that a look finds elsewhere goes on: a geometric series over looks.
    within = until_look * ~leaf
    arrived = np.linalg.solve((np.eye(len(nodes)) - within).T, np.eye(len(nodes))[0]) @ (until_look * leaf)
    return {node: p for node, p in zip(nodes, arrived, strict=True) if p > 0}


def test_the_walk_is_reversible_with_the_conditional_on_its_leaves(backend, conditional):
    """π(u) = p(u) · (edges at u): with those weights every flow equals its reverse."""
    nodes = clean_prefixes(backend)
    p = np.array([exp(backend.score((), node).sum()) if node else 1.0 for node in nodes])
    weight = p * [float(node != ()) + float(not is_leaf(node)) for node in nodes]
    flow = weight[:, None] * transitions(backend, nodes)
    assert np.allclose(flow, flow.T, atol=1e-15)
    leaves = {node: w for node, w in zip(nodes, weight, strict=True) if is_leaf(node)}
    assert total_variation({x: w / sum(leaves.values()) for x, w in leaves.items()}, conditional) < 1e-12


def place(row):
    """The moves left in states further up are out of date: merging by all states would multiply the places."""
    return tuple(row.tokens), row.states[-1]


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_its_law_is_the_chains(backend, steps):
    law = {}
    for row, mass in finished_rows(backend, VGB(BANNED, whole_words=False, steps=steps), LENGTH, 1e-4, place):
        law[tuple(row.tokens)] = law.get(tuple(row.tokens), 0.0) + mass
    assert total_variation(law, law_of_the_chain(backend, steps)) < 1e-4


def test_more_steps_come_nearer_to_the_conditional(backend, conditional):
    distances = [total_variation(law_of_the_chain(backend, steps), conditional) for steps in (5, 20, 50, 100, 200)]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] > 0.02
    assert distances[-1] < 1e-4


def test_the_budget_ends_it_and_the_books_agree():
    """Each way back is a rewind in the events, and all draws are kept or discarded."""
    backend = random_bigram(VOCAB, 3, {END})
    sampler = BacktrackSampler(backend, VGB(BANNED, whole_words=False), max_new_tokens=LENGTH, max_draws=30)
    done = sampler.generate([""] * 20)
    assert {"budget", "eos"} <= {g.finish_reason for g in done}
    for g in done:
        assert g.cost.drawn == g.cost.kept + sum(event.at - event.to for event in g.events) <= 30
        assert is_clean(g.text)


def test_greedy_and_no_steps_are_refused():
    with pytest.raises(ValueError, match=r"decoding\.temperature: 0"):
        VGB(["a"]).check(Decoding(temperature=0))
    with pytest.raises(ValueError, match="steps: 0 is no number of steps"):
        VGB(["a"], steps=0)
