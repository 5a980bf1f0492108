"""Which CKAN interface is answered by which room. No logic of its own."""

from __future__ import annotations

from typing import Any

import ckantoolkit as tk
import click
from ckan import model, plugins
from ckan.lib.plugins import DefaultTranslation
from flask import Blueprint

from ckanext.satudata import cli, startup
from ckanext.satudata.regions import action as regions_action
from ckanext.satudata.regions import auth as regions_auth
from ckanext.satudata.regions import helpers as regions_helpers
from ckanext.satudata.regions import sync as regions_sync
from ckanext.satudata.regions import views as regions_views
from ckanext.satudata.review import (
    absence_action,
    absence_helpers,
    absence_views,
    calendar,
    deadlines,
    handover,
    public_views,
    schedule,
    ticking,
)
from ckanext.satudata.review import action as review_action
from ckanext.satudata.review import auth as review_auth
from ckanext.satudata.review import guard as review_guard
from ckanext.satudata.review import helpers as review_helpers
from ckanext.satudata.review import labels as review_labels
from ckanext.satudata.review import outlines as review_outlines
from ckanext.satudata.review import pages as review_pages
from ckanext.satudata.review import reasons as review_reasons
from ckanext.satudata.review import views as review_views
from ckanext.satudata.review.access import action as access_action
from ckanext.satudata.review.access import auth as access_auth
from ckanext.satudata.review.access import helpers as access_helpers
from ckanext.satudata.review.access import rules as access_rules  # noqa: F401 (registers its rules)
from ckanext.satudata.review.access import views as access_views
from ckanext.satudata.review.audit import action as audit_action
from ckanext.satudata.review.audit import auth as audit_auth
from ckanext.satudata.review.audit import helpers as audit_helpers
from ckanext.satudata.review.audit import views as audit_views
from ckanext.satudata.review.bulk import action as bulk_action
from ckanext.satudata.review.bulk import auth as bulk_auth
from ckanext.satudata.review.bulk import views as bulk_views
from ckanext.satudata.review.notices import action as notices_action
from ckanext.satudata.review.notices import auth as notices_auth
from ckanext.satudata.review.notices import helpers as notices_helpers
from ckanext.satudata.review.notices import views as notices_views
from ckanext.satudata.review.recommendation import views as recommendation_views
from ckanext.satudata.review.reports import action as reports_action
from ckanext.satudata.review.reports import auth as reports_auth
from ckanext.satudata.review.reports import views as reports_views
from ckanext.satudata.review.revision import action as revision_action
from ckanext.satudata.review.revision import auth as revision_auth
from ckanext.satudata.review.revision import chained as revision_chained
from ckanext.satudata.review.revision import helpers as revision_helpers
from ckanext.satudata.review.revision import hooks as revision_hooks
from ckanext.satudata.review.revision import keys as revision_keys
from ckanext.satudata.review.revision import uploads as revision_uploads
from ckanext.satudata.review.revision import views as revision_views
from ckanext.satudata.review.workflow import start as workflow_start
from ckanext.satudata.review.workflow import views as workflow_views
from ckanext.satudata.roles import action as roles_action
from ckanext.satudata.roles import auth as roles_auth
from ckanext.satudata.roles import helpers as roles_helpers
from ckanext.satudata.roles import views as roles_views
from ckanext.satudata.rooms import merged
from ckanext.satudata.standards import action as standards_action
from ckanext.satudata.standards import auth as standards_auth
from ckanext.satudata.standards import helpers as standards_helpers
from ckanext.satudata.standards import service as standards
from ckanext.satudata.standards import validators as standards_validators
from ckanext.satudata.standards import views as standards_views
from ckanext.satudata.standards.codelists import action as codelists_action
from ckanext.satudata.standards.codelists import admin_views as codelists_admin_views
from ckanext.satudata.standards.codelists import auth as codelists_auth
from ckanext.satudata.standards.codelists import choices as codelists_choices
from ckanext.satudata.standards.codelists import helpers as codelists_helpers
from ckanext.satudata.standards.codelists import views as codelists_views
from ckanext.satudata.standards.editions import action as editions_action
from ckanext.satudata.standards.editions import auth as editions_auth
from ckanext.satudata.standards.editions import helpers as editions_helpers
from ckanext.satudata.standards.editions import views as editions_views
from ckanext.satudata.standards.files import action as files_action
from ckanext.satudata.standards.files import auth as files_auth
from ckanext.satudata.standards.files import helpers as files_helpers
from ckanext.satudata.standards.files import service as files_service
from ckanext.satudata.standards.files import views as files_views
from ckanext.satudata.standards.quality import action as quality_action
from ckanext.satudata.standards.quality import auth as quality_auth
from ckanext.satudata.standards.quality import helpers as quality_helpers
from ckanext.satudata.standards.quality import service as quality
from ckanext.satudata.standards.quality import views as quality_views
from ckanext.satudata.standards.quality import weights as quality_weights
from ckanext.satudata.standards.rules import switches as rules_switches
from ckanext.satudata.standards.rules import views as rules_views
from ckanext.satudata.standards.search import document as search_document
from ckanext.satudata.standards.search import facets as search_facets
from ckanext.satudata.standards.search import helpers as search_helpers
from ckanext.satudata.standards.search import questions as search_questions
from ckanext.satudata.standards.typing import action as typing_action
from ckanext.satudata.standards.typing import auth as typing_auth
from ckanext.satudata.standards.typing import helpers as typing_helpers
from ckanext.satudata.standards.typing import views as typing_views
from ckanext.satudata.standards.workbooks import action as workbooks_action
from ckanext.satudata.standards.workbooks import auth as workbooks_auth
from ckanext.satudata.standards.workbooks import views as workbooks_views


@tk.blanket.config_declarations
class SatudataPlugin(plugins.SingletonPlugin, DefaultTranslation):
    """Standards, roles, review and regions of Satu Data Indonesia."""

    plugins.implements(plugins.IActions)
    plugins.implements(plugins.IAuthFunctions)
    plugins.implements(plugins.IBlueprint)
    plugins.implements(plugins.IClick)
    plugins.implements(plugins.IConfigurable)
    plugins.implements(plugins.IConfigurer)
    plugins.implements(plugins.IFacets, inherit=True)
    plugins.implements(plugins.IPackageController, inherit=True)
    plugins.implements(plugins.IPermissionLabels)
    plugins.implements(plugins.ITemplateHelpers)
    plugins.implements(plugins.ITranslation)
    plugins.implements(plugins.IUploader, inherit=True)
    plugins.implements(plugins.IValidators)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        tk.add_resource("assets", "satudata")
        standards.provide_schemas()

    # IConfigurable
    def configure(self, config: Any) -> None:
        startup.check_plugins()
        workflow_start.put_in_force()
        standards.copies_belong(revision_hooks.live_id)
        files_service.knows_previous(revision_hooks.published_file)
        review_reasons.check()
        calendar.check()
        deadlines.check()
        schedule.check()
        rules_switches.check()
        regions_sync.listen()
        revision_keys.listen()
        handover.listen()
        quality_weights.check()
        quality.listen()
        ticking.at_start()

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return merged(
            regions_action.ACTIONS,
            roles_action.ACTIONS,
            standards_action.ACTIONS,
            files_action.ACTIONS,
            codelists_action.ACTIONS,
            workbooks_action.ACTIONS,
            editions_action.ACTIONS,
            typing_action.ACTIONS,
            review_action.actions(),
            absence_action.ACTIONS,
            bulk_action.ACTIONS,
            revision_action.OWN_ACTIONS,
            revision_chained.actions(),
            notices_action.ACTIONS,
            audit_action.ACTIONS,
            reports_action.ACTIONS,
            access_action.ACTIONS,
            quality_action.ACTIONS,
        )

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return merged(
            regions_auth.AUTH_FUNCTIONS,
            roles_auth.AUTH_FUNCTIONS,
            standards_auth.AUTH_FUNCTIONS,
            files_auth.AUTH_FUNCTIONS,
            codelists_auth.AUTH_FUNCTIONS,
            workbooks_auth.AUTH_FUNCTIONS,
            editions_auth.AUTH_FUNCTIONS,
            typing_auth.AUTH_FUNCTIONS,
            review_auth.AUTH_FUNCTIONS,
            absence_action.AUTH_FUNCTIONS,
            bulk_auth.AUTH_FUNCTIONS,
            revision_auth.AUTH_FUNCTIONS,
            notices_auth.AUTH_FUNCTIONS,
            audit_auth.AUTH_FUNCTIONS,
            reports_auth.AUTH_FUNCTIONS,
            access_auth.AUTH_FUNCTIONS,
            quality_auth.AUTH_FUNCTIONS,
        )

    # IPackageController
    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        review_guard.after_create(context, pkg_dict)
        quality.after_write(context, pkg_dict, created=True)

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        review_guard.after_update(context, pkg_dict)
        quality.after_write(context, pkg_dict)

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        return search_document.extend(standards.prepare_for_index(pkg_dict))

    def after_dataset_show(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        if "schema" not in context:
            standards.show_old_extras(pkg_dict)
            standards.show_core_keys(pkg_dict)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        search_params = review_outlines.count_what_is_there(search_params)
        return revision_chained.leave_copies_out(search_questions.ease(search_params))

    def after_dataset_search(self, search_results: dict[str, Any], search_params: Any) -> dict[str, Any]:
        review_pages.note_private(search_results["results"])
        search_facets.name_values(search_results)
        return search_results

    # IFacets
    def dataset_facets(self, facets_dict: Any, package_type: str) -> Any:
        return search_facets.of_datasets(facets_dict, package_type)

    def organization_facets(self, facets_dict: Any, organization_type: str, package_type: Any) -> Any:
        return search_facets.of_organization(facets_dict)

    def group_facets(self, facets_dict: Any, group_type: str, package_type: Any) -> Any:
        return search_facets.of_group(facets_dict)

    # IPermissionLabels
    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        return review_labels.dataset_labels(dataset_obj)

    def get_user_dataset_labels(self, user_obj: Any) -> list[str]:
        return review_labels.user_labels(user_obj)

    # IUploader
    def get_resource_uploader(self, resource: dict[str, Any]) -> Any:
        return revision_uploads.resource_uploader(resource)

    # IValidators
    def get_validators(self) -> dict[str, Any]:
        return dict(standards_validators.VALIDATORS)

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {
            **regions_helpers.HELPERS,
            **roles_helpers.HELPERS,
            **standards_helpers.HELPERS,
            **files_helpers.HELPERS,
            **codelists_helpers.HELPERS,
            **editions_helpers.HELPERS,
            **typing_helpers.HELPERS,
            **review_helpers.HELPERS,
            **absence_helpers.HELPERS,
            **revision_helpers.HELPERS,
            **notices_helpers.HELPERS,
            **audit_helpers.HELPERS,
            **access_helpers.HELPERS,
            **quality_helpers.HELPERS,
            **search_helpers.HELPERS,
        }

    # IBlueprint
    def get_blueprint(self) -> list[Blueprint]:
        return [
            startup.blueprint,
            codelists_choices.blueprint,
            regions_views.blueprint,
            roles_views.blueprint,
            standards_views.blueprint,
            files_views.blueprint,
            codelists_views.blueprint,
            workbooks_views.blueprint,
            codelists_admin_views.blueprint,
            rules_views.blueprint,
            editions_views.blueprint,
            typing_views.blueprint,
            review_views.blueprint,
            recommendation_views.blueprint,
            workflow_views.blueprint,
            absence_views.blueprint,
            public_views.blueprint,
            ticking.blueprint,
            bulk_views.blueprint,
            revision_views.blueprint,
            revision_views.public,
            notices_views.blueprint,
            notices_views.admin,
            audit_views.blueprint,
            reports_views.blueprint,
            access_views.blueprint,
            access_views.public,
            quality_views.blueprint,
        ]

    # IClick
    def get_commands(self) -> list[click.Command]:
        return [cli.satudata]
