from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("satudata_review", __name__)
