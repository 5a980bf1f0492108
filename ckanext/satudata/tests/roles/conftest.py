from ckanext.satudata.tests.regions.conftest import count_queries

__all__ = ["count_queries"]
