"""What every reader and every writer must do; their tests inherit it."""

import pytest

pytest.register_assert_rewrite("tests.contracts.reader", "tests.contracts.writer", "tests.contracts.mesh_writer")
