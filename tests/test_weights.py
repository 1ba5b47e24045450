"""Fetching weights: verified, atomic, and clear when it fails. A server on this machine stands in for the publisher."""

import dataclasses
import hashlib
import http.server
import threading

import pytest

from thermvision import weights
from thermvision.types import InputError

CONTENT = b"weights " * 1000


@pytest.fixture
def published(tmp_path, monkeypatch):
    """WEIGHTS pointing at a local server; the cache in a fresh folder."""
    (tmp_path / "www").mkdir()
    (tmp_path / "www/file.task").write_bytes(CONTENT)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, directory=str(tmp_path / "www"), **kwargs)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    entry = dataclasses.replace(
        weights.WEIGHTS["face-landmarker"],
        url=f"http://127.0.0.1:{server.server_port}/file.task",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )
    monkeypatch.setitem(weights.WEIGHTS, "face-landmarker", entry)
    monkeypatch.setenv("THERMVISION_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("THERMVISION_FACE_LANDMARKER", raising=False)
    yield tmp_path
    server.shutdown()


def test_fetched_once_and_found(published):
    path = weights.fetch("face-landmarker")
    assert path.read_bytes() == CONTENT and weights.find("face-landmarker") == path
    (published / "www/file.task").unlink()
    assert weights.fetch("face-landmarker") == path  # no second download


def test_what_is_sent_wrong_is_not_kept(published):
    (published / "www/file.task").write_bytes(b"something else")
    with pytest.raises(InputError, match="SHA-256"):
        weights.fetch("face-landmarker")
    assert not list((published / "cache").iterdir())


def test_no_network_says_what_to_do(published):
    (published / "www/file.task").unlink()
    with pytest.raises(InputError, match="another machine"):
        weights.fetch("face-landmarker")


def test_the_pinned_file_is_googles_published_one():
    """The entry that ships: https, and the hash of the published bundle."""
    entry = weights.WEIGHTS["face-landmarker"]
    assert entry.url.startswith("https://storage.googleapis.com/mediapipe-models/face_landmarker/")
    assert entry.sha256 == "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"


def test_order_of_places(published, monkeypatch, tmp_path):
    cached = weights.fetch("face-landmarker")
    own = tmp_path / "own.task"
    own.write_bytes(CONTENT)
    monkeypatch.setenv("THERMVISION_FACE_LANDMARKER", str(own))
    assert weights.find("face-landmarker") == own
    assert weights.find("face-landmarker", cached) == cached


def test_a_damaged_cache_is_noticed(published):
    weights.fetch("face-landmarker").write_bytes(b"damaged")
    with pytest.raises(InputError, match="fetch it anew"):
        weights.find("face-landmarker")
    assert weights.fetch("face-landmarker").read_bytes() == CONTENT
