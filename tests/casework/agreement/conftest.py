from tests.casework.test_colleagues import two
from tests.support.desk import desk

__all__ = ["desk", "two"]
