"""Every action and every route of a portal, with what it does to data under review: reads it, writes it, or neither.

Data only. A test walks what CKAN has registered, with all the extensions a portal of ours meets, and fails on a name
that stands here in no group, or in two: a door nobody thought of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["reads", "writes", "neither"]


@dataclass(frozen=True)
class Group:
    """Names of one kind, and why they may stand where they do."""

    kind: Kind
    why: str
    names: frozenset[str]


def _group(kind: Kind, why: str, names: str) -> Group:
    return Group(kind, why, frozenset(names.split()))


THROUGH_THE_GUARD = _group(
    "writes",
    "ends in package_create or package_update, where guard.py stands",
    "package_create package_update package_patch package_revise package_resource_reorder resource_create "
    "resource_update resource_patch resource_delete bulk_update_private bulk_update_public bulk_update_delete "
    "organization_delete organization_purge harvest_source_create harvest_source_update harvest_source_patch "
    "harvest_source_delete",
)
GUARDED = _group(
    "writes",
    "never reaches package_update; chained in doors.py",
    "package_delete dataset_purge package_owner_org_update member_create member_delete "
    "group_create group_update group_patch "
    "package_relationship_create package_relationship_update package_relationship_delete "
    "resource_view_create resource_view_update resource_view_delete resource_view_reorder "
    "package_create_default_resource_views resource_create_default_resource_views "
    "datastore_create datastore_upsert datastore_delete datastore_records_delete datastore_run_triggers "
    "file_delete file_rename file_ownership_transfer file_pin file_unpin harvest_source_clear",
)
#: Guarded by another name of the same door: group_patch ends in group_update.
ALIASES = frozenset({"group_patch"})

ACTIONS: tuple[Group, ...] = (
    THROUGH_THE_GUARD,
    GUARDED,
    _group(
        "reads",
        "asks the permission labels, or CKAN's permission to see the one package it shows",
        "package_show package_search package_autocomplete current_package_list_with_resources resource_show "
        "resource_view_show resource_view_list package_relationships_list datastore_search datastore_search_sql "
        "datastore_info group_package_show package_collaborator_list file_show file_owner_scan "
        "dcat_dataset_show dcat_catalog_show dcat_catalog_search dcat_datasets_list xloader_status",
    ),
    _group(
        "reads",
        "asks the database for what is active and not private: the invariant keeps unpublished data out",
        "package_list resource_search format_autocomplete",
    ),
    _group(
        "reads",
        "counts or lists datasets by a search with the reader's labels",
        "group_show group_list organization_show organization_list group_autocomplete organization_autocomplete "
        "group_list_authz organization_list_for_user user_show member_list",
    ),
    _group("reads", "chained in tags.py: tags of unpublished data alone are left out",
           "tag_list tag_show tag_search tag_autocomplete"),
    _group(
        "reads",
        "rows carry the labels of the day they were written; unpublishing relabels them (aftermath.hide)",
        "activity_show activity_data_show activity_diff package_activity_list user_activity_list "
        "group_activity_list organization_activity_list recently_changed_packages_activity_list "
        "dashboard_activity_list dashboard_new_activities_count",
    ),
    _group("reads", "what the reader follows or was given, by id; shown only as far as package_show shows it",
           "package_collaborator_list_for_user dataset_followee_list followee_list task_status_show"),
    _group("reads", "the document a harvester brought; chained in doors.py",
           "harvest_object_show"),
    _group(
        "reads",
        "ours: asks for a role over the owner, or shows what is published",
        "satudata_review_show satudata_review_list satudata_review_history satudata_submission_check "
        "satudata_file_check "
        "satudata_audit_show satudata_review_report satudata_notice_list satudata_notice_delivery_list "
        "satudata_review_bulk_show satudata_restriction_show satudata_restriction_list "
        "satudata_revision_diff satudata_revision_list satudata_revision_versions "
        "satudata_organizations_without_editor "
        "satudata_quality_list satudata_quality_show satudata_quality_summary",
    ),
    _group(
        "reads",
        "ours: the public record of published, restricted data, made from a list of what may be shown",
        "satudata_restricted_list satudata_restricted_show",
    ),
    _group(
        "reads",
        "ours: what a producer's own organization wrote, for the next edition of it and for a new form",
        "satudata_edition_preview satudata_defaults_show satudata_table_shape",
    ),
    _group(
        "writes",
        "ours: makes a draft by package_create, and fills the series by package_patch: the guard decides",
        "satudata_edition_create",
    ),
    _group("reads", "ours: asks resource_show for the one file it reads", "satudata_table_show"),
    _group(
        "writes",
        "ours: a typed table is a file like any: resource_create and resource_update decide",
        "satudata_table_create satudata_table_save",
    ),
    _group("neither", "ours: marks in a form, which are no content", "satudata_proposals_confirm"),
    _group("neither", "ours: reads a stored file again; what it finds is no content", "satudata_file_check_again"),
    _group(
        "writes",
        "ours: the transitions, under their own rules, and what writes an event of its own",
        "satudata_review_transition satudata_review_override satudata_priority_set satudata_activity_code_set "
        "satudata_review_bulk_transition "
        "satudata_revision_start satudata_revision_abandon satudata_revision_resolve satudata_restriction_set",
    ),
    _group("reads", "ours: package_show decides for each package that is exported", "satudata_forms_export"),
    _group("reads", "ours: the preview of an upload, for the one who uploaded it", "satudata_forms_import_show"),
    _group("writes", "ours: forms by package_create and package_patch, as the person who uploaded them",
           "satudata_forms_import satudata_forms_import_run"),
    _group(
        "neither",
        "who belongs where: members and collaborators gain reading, never the right to change content",
        "organization_create organization_update organization_patch organization_member_create "
        "organization_member_delete group_member_create group_member_delete package_collaborator_create "
        "package_collaborator_delete member_roles_list group_delete group_purge user_create user_delete user_invite "
        "user_list user_patch user_update user_autocomplete api_token_create api_token_list api_token_revoke "
        "get_site_user satudata_role_grant satudata_role_revoke satudata_role_list satudata_my_roles "
        "satudata_audit_verify",
    ),
    _group(
        "neither",
        "ours: who is away, and how and where each person is told",
        "satudata_absence_clear satudata_absence_list satudata_absence_set satudata_notice_delivery_retry "
        "satudata_notice_mark_read satudata_notice_preferences_show satudata_notice_preferences_update",
    ),
    _group(
        "neither",
        "the tree of organizations: public names and codes",
        "satudata_region_tree satudata_region_ancestors satudata_region_search satudata_region_update",
    ),
    _group(
        "neither",
        "code lists, open to everybody; loading one changes no dataset",
        "satudata_codelist_list satudata_codelist_show satudata_codelist_load satudata_codelist_publish "
        "satudata_codelist_discard",
    ),
    _group(
        "neither",
        "following: CKAN asks the permission to see what is followed",
        "follow_dataset follow_group follow_user unfollow_dataset unfollow_group unfollow_user am_following_dataset "
        "am_following_group am_following_user dataset_followee_count dataset_follower_count dataset_follower_list "
        "followee_count group_followee_count group_followee_list group_follower_count group_follower_list "
        "organization_followee_count organization_followee_list organization_follower_count "
        "organization_follower_list user_followee_count user_followee_list user_follower_count user_follower_list",
    ),
    _group(
        "neither",
        "the portal itself: configuration, jobs, words, schemas",
        "config_option_list config_option_show config_option_update help_show job_cancel job_clear job_list job_show "
        "license_list scheming_dataset_schema_list scheming_dataset_schema_show send_email_notifications status_show "
        "tag_create tag_delete task_status_delete task_status_update task_status_update_many term_translation_show "
        "term_translation_update term_translation_update_many vocabulary_create vocabulary_delete vocabulary_list "
        "vocabulary_show vocabulary_update resource_view_clear datastore_function_create datastore_function_delete",
    ),
    _group("neither", "activity is no audit trail of ours; its rows get the labels of their dataset (activities.py)",
           "activity_create activity_delete activity_delete_all activity_delete_counts dashboard_mark_activities_old"),
    _group("neither", "a new file belongs to its uploader until it is transferred, which is guarded",
           "file_create file_register"),
    _group(
        "neither",
        "a job that loads, as a listed program, what the file already says; who may not edit may not ask for it",
        "xloader_submit xloader_hook",
    ),
    _group(
        "neither",
        "a harvester's sources, jobs and mails; what it imports goes through the guard",
        "InactiveSource get_mail_extra_vars harvest_abort_failed_jobs harvest_get_notifications_recipients "
        "harvest_job_abort harvest_job_create harvest_job_create_all harvest_job_list harvest_job_report "
        "harvest_job_show harvest_jobs_run harvest_log_list harvest_object_create harvest_object_list "
        "harvest_objects_import harvest_send_job_to_gather_queue harvest_source_index_clear "
        "harvest_source_job_history_clear harvest_source_list harvest_source_reindex harvest_source_show "
        "harvest_source_show_status "
        "harvest_sources_job_history_clear harvest_sources_reindex harvesters_info_show prepare_error_mail "
        "prepare_summary_mail send_error_email send_mail send_summary_email",
    ),
)  # fmt: skip

#: Endpoints. A route that shows a form and takes it back writes.
ROUTES: tuple[Group, ...] = (
    _group("reads", "the page of a dataset or of its parts: package_show and resource_show decide",
           "dataset.read dataset.resources dataset.followers dataset.collaborators_read resource.read resource.view "
           "resource.views resource.download resource_proxy.proxy_view datastore.api_info datastore.dump "
           "datatablesview.ajax datatablesview.filtered_download dcat.read_dataset dcat.read_dataset_series "
           "croissant.read_dataset_croissant"),
    _group("reads", "a search with the reader's labels",
           "dataset.search home.index feeds.custom feeds.general feeds.group feeds.organization feeds.tag "
           "dcat.read_catalog dcat_json_interface.dcat_json group.index group.read group.about group.members "
           "group.member_dump group.admins group.followers group.manage_members organization.index "
           "organization.read organization.about organization.members organization.member_dump organization.admins "
           "organization.followers organization.manage_members user.read user.read_groups user.read_organizations "
           "user.followers user.me user.index dashboard.datasets dashboard.groups dashboard.organizations "
           "api.dataset_autocomplete api.format_autocomplete api.group_autocomplete api.organization_autocomplete "
           "api.tag_autocomplete stats.index"),
    _group("reads", "activity rows by their labels",
           "activity.admin_activities activity.dashboard activity.dashboard_testing activity.group_activity "
           "activity.group_changes activity.group_changes_multiple activity.organization_activity "
           "activity.organization_changes activity.organization_changes_multiple activity.package_activity "
           "activity.package_changes activity.package_changes_multiple activity.package_history "
           "activity.resource_history activity.user_activity"),
    _group("reads", "files by CKAN's own permissions; a token is made for one file and expires",
           "file.download file.public_download file.trusted_download"),
    _group("reads", "the document a harvester brought; harvest_object_show is chained in doors.py",
           "harvester.object_show harvester.job_show harvester.job_show_last harvester.job_list"),
    _group("reads", "ours: the public record of published, restricted data",
           "satudata_restricted.index satudata_restricted.show"),
    _group("reads", "ours: the harvest view: what anonymous may read, and that record; asked only of a list of actions",
           "satudata_harvest.action"),
    _group("reads", "ours: asks the review's own permissions",
           "satudata_access.records satudata_review.desk satudata_review.history satudata_review.queue "
           "satudata_review.queue_csv "
           "satudata_review.my_work satudata_review.my_tasks satudata_review.result satudata_standards.preview "
           "satudata_review_bulk.nothing satudata_review_bulk.run satudata_revision.mine satudata_revision.show "
           "satudata_version.all_versions satudata_version.old_file satudata_feed.changes satudata_notices.index "
           "satudata_notices.open satudata_notices_admin.index satudata_absence.organizations "
           "satudata_reports.show satudata_reports.csv satudata_audit.show satudata_audit.export "
           "satudata_audit.anchor"),
    _group("reads", "ours: as satudata_submission_check", "satudata_files.check"),
    _group("neither", "ours: reads a stored file again; what it finds is no content", "satudata_files.again"),
    _group("reads", "ours: scores of what the reader may see; sums of what is published and open",
           "satudata_quality.index satudata_quality.csv"),
    _group("reads", "ours: package_show decides for each package that is exported", "satudata_forms.export"),
    _group("reads", "ours: the preview of an upload, for the one who uploaded it", "satudata_forms.shown"),
    _group("writes", "ours: forms by package_create and package_patch, as the person who uploaded them",
           "satudata_forms.upload satudata_forms.run satudata_forms.continue"),
    _group("writes", "forms over package_create, package_update and package_delete: the guard decides",
           "dataset.new dataset.edit dataset.delete dataset.groups resource.new resource.edit resource.delete "
           "resource.edit_view organization.bulk_process group.bulk_process organization.delete group.delete "
           "admin.trash group.new group.edit"),
    _group("writes", "forms over the DataStore's actions, chained in doors.py",
           "datastore.dictionary tabledesigner.tabledesigner tabledesigner.add_row tabledesigner.edit_row "
           "tabledesigner.delete_rows xloader.resource_data xloader.delete_datastore_table"),
    _group("writes", "one address for all actions; each is classified by itself", "api.action"),
    _group("writes", "removes what a source brought; harvest_source_clear is chained in doors.py",
           "harvester.clear harvester.delete"),
    _group("writes", "ours: a draft by package_create, a file by resource_create and resource_update",
           "satudata_editions.new satudata_tables.new satudata_tables.edit"),
    _group("writes", "ours: every change is a transition, or goes through the guard",
           "satudata_recommendation.page satudata_access.record "
           "satudata_review.act satudata_review.add_and_submit satudata_review.create_and_submit "
           "satudata_review.save_and_submit "
           "satudata_review.confirm satudata_review_bulk.ask satudata_review_bulk.continue satudata_revision.new "
           "satudata_revision.abandon satudata_revision.settle satudata_revision.undo"),
    _group("neither", "who belongs where: members and collaborators gain reading only",
           "dataset.new_collaborator dataset.collaborator_delete organization.new organization.edit "
           "organization.member_new organization.member_delete group.member_new group.member_delete"),
    _group("neither", "following, by who may see what is followed",
           "dataset.follow dataset.unfollow group.follow group.unfollow organization.follow "
           "organization.unfollow user.follow user.unfollow"),
    _group("neither", "ours: the forms of BPS, empty, and what can be done with them",
           "satudata_forms.index satudata_forms.template"),
    _group("neither", "accounts and their keys",
           "user.api_tokens user.api_tokens_revoke user.delete user.edit user.logged_out_page user.login user.logout "
           "user.perform_reset user.register user.request_reset user.sysadmin api.user_autocomplete"),
    _group("neither", "the portal itself: settings, texts, assets",
           "admin.config admin.index admin.reset_config api.get_api api.i18n_js_translations home.about "
           "home.redirect_locale home.robots_txt static webassets.index util.custom_form_fields "
           "util.internal_redirect util.primer"),
    _group("neither", "a harvester's sources and jobs; what it imports goes through the guard",
           "harvester.about harvester.admin harvester.job_abort harvester.refresh"),
    _group("neither", "ours: who is away, and how each person is told",
           "satudata_absence.absences satudata_absence.clear satudata_notices.preferences satudata_notices.read"),
    _group("neither", "ours: findings about what the form itself sends; the tree of organizations",
           "satudata_standards.check satudata_standards.session satudata_audit.verify "
           "satudata_regions.index satudata_regions.node "
           "satudata_regions.edit"),
    _group("neither", "ours: code lists and the rules of the check, which are no data under review",
           "satudata_codelists.index satudata_codelists.show satudata_codelists.download "
           "satudata_codelists.master_data satudata_codelists_admin.index satudata_codelists_admin.version "
           "satudata_codelists_admin.decide satudata_rules.index"),
)  # fmt: skip


def kind_of_action(name: str) -> Kind | None:
    """What an action does to data under review; None if nobody has thought of it."""
    return _kind(ACTIONS, name)


def kind_of_route(endpoint: str, dataset_types: Iterable[str] = ()) -> Kind | None:
    """What a route does to data under review; None if nobody has thought of it.

    :param endpoint: Flask's name of it, as ``dataset.read``
    :param dataset_types: names of package types: each has the routes of ``dataset`` under its own name
    """
    blueprint, _dot, function = endpoint.rpartition(".")
    if blueprint in ("dataset", *dataset_types):
        endpoint = f"dataset.{function}"
    elif blueprint.removesuffix("_resource") in ("dataset", *dataset_types) and blueprint.endswith("_resource"):
        endpoint = f"resource.{function}"
    return _kind(ROUTES, endpoint)


def _kind(groups: tuple[Group, ...], name: str) -> Kind | None:
    return next((group.kind for group in groups if name in group.names), None)
