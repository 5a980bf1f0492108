"""The portal's configuration file: written anew at every start, its secrets made once."""

from __future__ import annotations

import os
from pathlib import Path

from portal import ports
from portal.home import Home
from portal.services import Place

# satudata stands before scheming, whose forms would hide ours; it says so itself if it does not.
PLUGINS = "activity satudata satudata_interop scheming_datasets datastore xloader datatables_view text_view dcat"

TEMPLATE = """\
# Written by make at every start: changes made here are lost. The secrets are in secrets.json beside it.
[DEFAULT]
debug = false

[app:main]
use = egg:ckan
SECRET_KEY = {secret_key}
WTF_CSRF_SECRET_KEY = {csrf_key}
api_token.jwt.encode.secret = string:{jwt_key}
api_token.jwt.decode.secret = string:{jwt_key}

sqlalchemy.url = {place.sqlalchemy_url}
ckan.datastore.write_url = {place.datastore_write_url}
ckan.datastore.read_url = {place.datastore_read_url}
solr_url = {place.solr_url}
ckan.redis.url = {place.redis_url}

ckan.site_id = {place.name}
ckan.site_url = {site_url}
ckan.site_title = Satu Data Kota Medan
ckan.site_description = Data pemerintah Kota Medan, diperiksa sebelum terbit
ckan.featured_orgs = dinas-kesehatan-kota-medan
ckan.plugins = {plugins}

ckan.locale_default = id
ckan.locale_order = id en
ckan.locales_offered = id en
ckan.display_timezone = Asia/Jakarta

ckan.storage_path = {storage}
ckan.max_resource_size = 50
ckan.upload.resource.types = *
ckan.upload.user.types = image
ckan.upload.user.mimetypes = image/png image/jpeg image/gif
ckan.upload.group.types = image
ckan.upload.group.mimetypes = image/png image/jpeg image/gif
ckan.views.default_views = datatables_view text_view

# There is no mail server here: notices stay in the portal, under the bell.
satudata.notices.mail = false

# No outside address is needed to look at a page: CKAN's own placeholder in place of Gravatar's pictures.
ckan.gravatar_default = disabled

ckan.auth.anon_create_dataset = false
ckan.auth.create_unowned_dataset = false
ckan.auth.create_dataset_if_not_in_organization = false
ckan.auth.create_user_via_api = false
ckan.auth.create_user_via_web = false
ckan.auth.public_user_details = false
ckan.auth.user_create_organizations = false
ckan.auth.user_create_groups = false
ckan.auth.roles_that_cascade_to_sub_groups = admin

ckanext.xloader.api_token = {xloader_token}
ckanext.xloader.jobs_db.uri = {place.sqlalchemy_url}
ckanext.xloader.site_url = {site_url}

[loggers]
keys = root, ckan, ckanext

[handlers]
keys = console

[formatters]
keys = generic

[logger_root]
level = WARNING
handlers = console

[logger_ckan]
level = INFO
handlers = console
qualname = ckan
propagate = 0

[logger_ckanext]
level = INFO
handlers = console
qualname = ckanext
propagate = 0

[handler_console]
class = StreamHandler
args = (sys.stderr,)
level = NOTSET
formatter = generic

[formatter_generic]
format = %(asctime)s %(levelname)-5.5s [%(name)s] %(message)s
"""


def site_url(port: int) -> str:
    """The address people open."""
    return f"http://{ports.HOST}:{port}"


def write(home: Home, place: Place, port: int) -> Path:
    """Write ``ckan.ini``, readable by its owner only.

    :param port: of the web server
    :returns: its path
    """
    values = {
        "place": place,
        "plugins": PLUGINS,
        "site_url": site_url(port),
        "storage": str(home.path / "storage").replace("%", "%%"),
        "secret_key": home.secret("SECRET_KEY"),
        "csrf_key": home.secret("WTF_CSRF_SECRET_KEY"),
        "jwt_key": home.secret("api_token.jwt", 48),
        "xloader_token": home.state.get("xloader_token") or "NOT_SET",
    }
    (home.path / "storage").mkdir(exist_ok=True)
    path = home.path / "ckan.ini"
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
    part.write_text(TEMPLATE.format(**values), encoding="utf-8")
    part.replace(path)
    return path
