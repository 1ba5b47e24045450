"""The stills that the tests of this folder share."""

import pytest
from animate.still_files import StillFiles, write_still


@pytest.fixture(scope="session")
def stills(tmp_path_factory) -> dict[str, StillFiles]:
    folder = tmp_path_factory.mktemp("stills")
    return {gender: write_still(folder, index, gender) for index, gender in enumerate(("female", "male"))}
