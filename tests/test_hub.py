"""Fetching a folder of the hub: a server on this machine answers on the hub's paths (list, redirect, ranges), well and badly."""

import dataclasses
import hashlib
import http.server
import json
import threading
from pathlib import Path

import pytest

from thermvision import hub, weights
from thermvision.types import InputError

CONTENT = {
    "base_models/one.pth": b"one " * 300_000,
    "base_models/two.pth": b"two!" * 1000,
    "other/three.pth": b"x" * 77,
}
REPOSITORY, REVISION = "Group/Model", "0123456789abcdef0123456789abcdef01234567"


class Hub(http.server.BaseHTTPRequestHandler):
    """The three paths that the hub has for this, and what a test asks to go wrong."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Range")))
        if server.answer_code:
            return self.send_error(server.answer_code)
        if self.path == f"/api/models/{REPOSITORY}/tree/{REVISION}/live?recursive=true":
            return self._send(server.listing)
        if self.path.startswith(start := f"/{REPOSITORY}/resolve/{REVISION}/live/"):
            self.send_response(302)
            self.send_header("Location", f"/cdn/{self.path.removeprefix(start)}")
            return self.end_headers()
        if self.path.startswith("/cdn/"):
            return self._file(server.content[self.path.removeprefix("/cdn/")])
        return self.send_error(404)

    def _file(self, whole):
        begin = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        begin = begin if self.server.ranges else 0
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(whole) - begin))
        self.end_headers()
        stop = self.server.breaks_after or len(whole)
        self.wfile.write(whole[begin : begin + stop])
        if self.server.breaks_after:
            self.close_connection = True

    def _send(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def listed(content):
    entries = [{"type": "directory", "oid": "1", "size": 0, "path": "live/base_models"}]
    for path, data in content.items():
        lfs = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        entries.append({"type": "file", "oid": "0" * 40, "size": len(data), "lfs": lfs, "path": f"live/{path}"})
    return json.dumps(entries).encode()


@pytest.fixture
def published(tmp_path, monkeypatch):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.asked, server.answer_code, server.ranges, server.breaks_after = [], 0, True, 0
    server.content, server.listing = dict(CONTENT), listed(CONTENT)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files = tuple(
        hub.HubFile(f"live/{path}", path, len(data), hashlib.sha256(data).hexdigest()) for path, data in CONTENT.items()
    )
    entry = dataclasses.replace(
        weights.FOLDERS["liveportrait"], repository=REPOSITORY, revision=REVISION, listed="live", files=files
    )
    monkeypatch.setitem(weights.FOLDERS, "liveportrait", entry)
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("THERMVISION_CACHE", str(tmp_path / "cache"))
    for name in ("THERMVISION_LIVEPORTRAIT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    yield server
    server.shutdown()
    server.server_close()


def kept(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_fetched_once_and_found(published):
    folder = weights.fetch("liveportrait")
    assert kept(folder) == CONTENT
    assert weights.find_folder("liveportrait") == folder
    assert str(folder) in weights.status("liveportrait")["state"]
    before = len(published.asked)
    assert weights.fetch("liveportrait") == folder
    assert len(published.asked) == before


def test_a_download_that_breaks_off_goes_on_where_it_stopped(published):
    published.breaks_after = 200_000
    with pytest.raises(InputError, match=r"broke off after .* goes on from there"):
        weights.fetch("liveportrait")
    with pytest.raises(InputError, match="missing"):
        weights.find_folder("liveportrait")
    published.breaks_after = 0
    heard = []
    folder = weights.cache_folder() / "liveportrait"
    hub.fetch_folder(weights.FOLDERS["liveportrait"], folder, heard.append)
    assert kept(folder) == CONTENT
    begins = [range_ for path, range_ in published.asked if path == "/cdn/base_models/one.pth"]
    assert begins == [None, "bytes=200000-"]
    assert heard == sorted(heard)
    assert heard[-1] == sum(map(len, CONTENT.values()))


def test_a_server_without_ranges_starts_again(published):
    published.breaks_after = 200_000
    with pytest.raises(InputError):
        weights.fetch("liveportrait")
    published.breaks_after, published.ranges = 0, False
    assert kept(weights.fetch("liveportrait")) == CONTENT


def test_what_arrives_wrong_is_not_kept(published):
    published.content["base_models/two.pth"] = b"evil" * 1000
    with pytest.raises(InputError, match=r"SHA-256 .* it was not kept"):
        weights.fetch("liveportrait")
    assert list(kept(weights.cache_folder() / "liveportrait")) == ["base_models/one.pth"]


def test_a_hub_that_tells_another_hash_is_not_asked_for_anything(published):
    published.listing = listed(CONTENT | {"other/three.pth": b"y" * 77})
    with pytest.raises(InputError, match=r"three.pth .* expected .* nothing was fetched"):
        weights.fetch("liveportrait")
    assert len(published.asked) == 1
    published.listing = listed({name: CONTENT[name] for name in list(CONTENT)[:2]})
    with pytest.raises(InputError, match=r"three.pth .* is not there"):
        weights.fetch("liveportrait")


@pytest.mark.parametrize(
    ("code", "told"),
    [(404, "404.*THERMVISION_LIVEPORTRAIT"), (403, "refuses .*licence"), (401, "refuses"), (503, "again later")],
)
def test_refusals_are_one_sentence(published, code, told):
    published.answer_code = code
    with pytest.raises(InputError, match=told) as caught:
        weights.fetch("liveportrait")
    assert "\n" not in str(caught.value)
    assert not kept(weights.cache_folder() / "liveportrait")


@pytest.mark.parametrize("answer", [b"<html>sign in</html>", b"{}", b"[1, 2]", b'[{"type": "file"}]'])
def test_something_else_than_the_hub_answers(published, answer):
    published.listing = answer
    with pytest.raises(InputError, match=r"answer as the hub|is not there"):
        weights.fetch("liveportrait")


def test_no_network_and_told_to_stay_offline(published, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError, match=r"cannot be reached .* another machine"):
        weights.fetch("liveportrait")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(InputError, match="HF_HUB_OFFLINE forbids"):
        weights.fetch("liveportrait")
    assert not published.asked


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_a_full_disk_says_so(published):
    file = weights.FOLDERS["liveportrait"].files[0]
    folder = weights.cache_folder() / "liveportrait"
    part = folder / f"base_models/.one.pth.{file.sha256[:12]}.part"
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"no space left .* free some space and run the same command again"):
        weights.fetch("liveportrait")


def test_a_disk_with_too_little_room_is_refused_before_the_download(published, monkeypatch):
    entry = weights.FOLDERS["liveportrait"]
    big = tuple(dataclasses.replace(file, size_bytes=1 << 60) for file in entry.files)
    monkeypatch.setitem(weights.FOLDERS, "liveportrait", dataclasses.replace(entry, files=big))
    entries = json.loads(published.listing)
    for one in entries[1:]:
        one["lfs"]["size"] = 1 << 60
    published.listing = json.dumps(entries).encode()
    with pytest.raises(InputError, match="MB are needed; free some space"):
        weights.fetch("liveportrait")
    assert len(published.asked) == 1


def test_a_damaged_file_is_noticed_and_fetched_anew(published):
    folder = weights.fetch("liveportrait")
    (folder / "other/three.pth").write_bytes(b"z" * 77)
    with pytest.raises(InputError, match=r"not whole \(other/three.pth\).*weights fetch liveportrait"):
        weights.find_folder("liveportrait")
    assert kept(weights.fetch("liveportrait")) == CONTENT


def test_order_of_places(published, monkeypatch, tmp_path):
    cached = weights.fetch("liveportrait")
    own = tmp_path / "own"
    own.mkdir()
    monkeypatch.setenv("THERMVISION_LIVEPORTRAIT", str(own))
    assert weights.find_folder("liveportrait") == own
    assert weights.find_folder("liveportrait", cached) == cached
    with pytest.raises(InputError, match="does not exist; name the folder"):
        weights.find_folder("liveportrait", tmp_path / "nowhere")


def test_what_ships_is_the_five_human_networks_at_a_commit():
    """Sizes are those of the reference's state dicts, to 2 %; the stitching file is larger than its three."""
    entry = weights.FOLDERS["liveportrait"]
    assert len(entry.revision) == 40
    megabytes = {file.kept_as.rpartition("/")[2].removesuffix(".pth"): file.size_bytes / 1e6 for file in entry.files}
    for name, state_mb in {
        "appearance_feature_extractor": 3.35, "motion_extractor": 112.5, "warping_module": 182.2, "spade_generator": 221.8,
    }.items():  # fmt: skip
        assert megabytes[name] == pytest.approx(state_mb, rel=0.02)
    assert set(megabytes) == {
        "appearance_feature_extractor", "motion_extractor", "warping_module", "spade_generator", "stitching_retargeting_module",
    }  # fmt: skip
    assert all(len(file.sha256) == 64 and file.path == f"liveportrait/{file.kept_as}" for file in entry.files)
