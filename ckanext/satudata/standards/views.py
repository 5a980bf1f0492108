from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("satudata_standards", __name__)
