"""Message extractors for ``pybabel extract``; everything else stands in ``pyproject.toml``."""

from setuptools import setup

setup(
    message_extractors={
        "ckanext/satudata": [
            ("tests/**", "ignore", None),
            ("**.py", "python", None),
            ("**.js", "javascript", None),
            ("**/templates/**.html", "ckan", None),
        ],
    }
)
