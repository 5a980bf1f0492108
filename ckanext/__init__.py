# A namespace package, shared with CKAN and its other extensions. Not in the wheel: CKAN brings its own.
try:
    import pkg_resources

    pkg_resources.declare_namespace(__name__)
except ImportError:
    import pkgutil

    __path__ = pkgutil.extend_path(__path__, __name__)
