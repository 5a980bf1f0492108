from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("satudata_regions", __name__)
