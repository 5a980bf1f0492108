"""Forms of ours ask for their token every time."""

from __future__ import annotations

from flask import current_app, g, request


def protect() -> None:
    """Refuse a form that comes without its token; for ``before_request`` of every blueprint of ours with a POST.

    CKAN 2.12 exempts a view from its own check for good, and for everybody, once a program has called it with an
    API token or nobody has looked at it (``ckan.views.identify_user``). Programs that bring a token need no form.

    :raises CSRFError: status 400
    """
    if request.method == "POST" and current_app.config["WTF_CSRF_ENABLED"] and not g.get("login_via_auth_header"):
        current_app.extensions["csrf"].protect()
