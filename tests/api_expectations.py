"""What each role ought to be allowed by the API: the hand-written table beside tests/matrix_expectations.py, under the same
oath: nothing here is derived from the code, and no line is edited to make a test green without saying why it was wrong.

A token with all scopes stands for its person. What is not done is `refused` (403, which says who may) to who sees the
thing, `hidden` (404) to who does not; `invalid` (422) where the choice itself is not offered to him; `unknown` (401)
without a token. The projects are those of matrix_expectations: own, foreign, office.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.matrix_expectations import (
    BUSINESS,
    CARRY,
    GOVERNMENT,
    NOBODY,
    OFFICES,
    SEES_FOREIGN,
    SEES_OWN,
    SIGNED_IN,
    TOWNSHIP,
    UNITS,
    Who,
    who,
)

PO, GO, STATISTICS = who("project_office"), who("government_office"), who("statistics_bureau")
LEADER = who("county_leader")


@dataclass(frozen=True, slots=True)
class Row:
    """What an operation answers, by actor; whoever is named nowhere gets `rest`."""

    done: Who
    rest: str = "hidden"
    refused: Who = NOBODY
    invalid: Who = NOBODY

    def expected(self, actor: str) -> str:
        if actor == "anonymous":
            return "unknown"
        for outcome in ("done", "refused", "invalid"):
            if actor in getattr(self, outcome):
                return outcome
        return self.rest


def own(done: Who) -> Row:
    """An act on the own project: refused to who only sees it."""
    return Row(done, refused=SEES_OWN - done)


def foreign(done: Who) -> Row:
    return Row(done, refused=SEES_FOREIGN - done)


def only(done: Who) -> Row:
    """What is refused to all others, since there is nothing to hide."""
    return Row(done, rest="refused")


def read(seen: Who) -> Row:
    """What business roles are shown where they see it; a role without the permission to read is refused before."""
    return Row(seen, rest="refused", refused=SIGNED_IN - BUSINESS) if seen == BUSINESS else _hidden(seen)


def _hidden(seen: Who) -> Row:
    return Row(seen, rest="hidden", refused=SIGNED_IN - BUSINESS)


def people(done: Who) -> Row:
    """Units and people: the government sees them; administrators, banks and enterprises may not even ask."""
    return Row(done, rest="refused")


def managed(done: Who) -> Row:
    """A change of units and people: refused to the government, which sees them; for others they are not there."""
    return Row(done, refused=GOVERNMENT - done)


READS: Mapping[tuple[str, str], Row] = {
    ("me", ""): Row(SIGNED_IN),
    # the library: everybody in business, of what he may see
    ("project_list", ""): read(BUSINESS),
    ("choices", ""): read(BUSINESS),
    ("project", "own"): read(SEES_OWN),
    ("project", "foreign"): read(SEES_FOREIGN),
    ("project_gate", "own"): read(SEES_OWN),
    ("project_gate", "foreign"): read(SEES_FOREIGN),
    ("assignments", "own"): read(SEES_OWN),
    ("assignments", "foreign"): read(SEES_FOREIGN),
    ("answerers", "own"): read(SEES_OWN),
    ("answerers", "foreign"): read(SEES_FOREIGN),
    ("fitting_lessons", "own"): read(SEES_OWN),
    ("fitting_lessons", "foreign"): read(SEES_FOREIGN),
    ("timeline", "own"): read(SEES_OWN),
    ("timeline", "foreign"): read(SEES_FOREIGN),
    ("evidence_list", "own"): read(SEES_OWN),
    ("evidence_list", "foreign"): read(SEES_FOREIGN),
    ("evidence", "own"): read(SEES_OWN),
    ("evidence", "foreign"): read(SEES_FOREIGN),
    ("evidence_file", "own"): read(SEES_OWN),
    ("evidence_file", "foreign"): read(SEES_FOREIGN),
    ("fact_list", ""): read(BUSINESS),
    ("subject_facts", "own"): read(SEES_OWN),
    ("subject_facts", "foreign"): read(SEES_FOREIGN),
    ("fact", "own"): read(SEES_OWN),
    ("fact", "foreign"): read(SEES_FOREIGN),
    # duties, second looks, rules, search
    ("obligation_list", ""): read(BUSINESS),
    ("obligation", "own"): read(SEES_OWN),
    ("excuse_list", ""): read(BUSINESS),
    ("excuse", "own"): read(SEES_OWN),
    ("recheck_list", ""): read(BUSINESS),
    ("recheck", "own"): read(SEES_OWN),
    ("rule_list", ""): read(BUSINESS),
    ("rule_table", ""): read(BUSINESS),
    ("rule_version", ""): read(BUSINESS),
    ("search", ""): read(BUSINESS),
    # what belongs to projects
    **{
        (f"{one}_list", ""): read(BUSINESS)
        for one in ("ask", "obstacle", "commitment", "suspension", "lesson", "ending", "void")
    },
    **{
        (f"project_{many}", side): read(seen)
        for many in ("asks", "obstacles", "commitments", "suspensions", "lessons", "endings", "voids", "figures")
        for side, seen in (("own", SEES_OWN), ("foreign", SEES_FOREIGN))
    },
    **{
        (one, side): read(seen)
        for one in ("ask", "obstacle", "commitment", "suspension", "lesson", "ending", "void", "figure")
        for side, seen in (("own", SEES_OWN), ("foreign", SEES_FOREIGN))
    },
    # units, people, companies: a directory for the offices of the government
    ("unit_list", ""): people(GOVERNMENT),
    ("unit", "own"): people(GOVERNMENT),
    ("unit", "foreign"): people(GOVERNMENT),
    ("member_list", ""): people(GOVERNMENT),
    ("member", "own"): people(GOVERNMENT),
    ("member", "foreign"): people(GOVERNMENT),
    ("company_list", ""): people(GOVERNMENT),
    ("company", ""): people(GOVERNMENT),
    # each importer his own
    ("import_list", ""): only(OFFICES),
    ("import_one", ""): Row(PO, rest="refused"),
    ("import_rows", ""): Row(PO, rest="refused"),
}
"""Investment bureau, which may import too but did not begin this import, is named in IMPORTS_HIDDEN."""
IMPORTS_HIDDEN = who("investment_bureau")

WRITES: Mapping[tuple[str, str], Row] = {
    ("member_create", "own"): managed(PO | who("unit_head")),
    ("member_create", "foreign"): managed(PO),
    ("member_change", "own"): managed(PO | who("unit_head")),
    ("member_change", "foreign"): managed(PO),
    ("member_leave", "own"): managed(PO | who("unit_head")),
    ("member_leave", "foreign"): managed(PO),
    ("unit_head_change", "own"): managed(GO),
    ("unit_head_change", "foreign"): managed(GO),
    ("note_add", "own"): own(SEES_OWN - who("enterprise_clerk")),
    ("note_add", "foreign"): foreign(SEES_FOREIGN),
    # another unit than his own is not offered to a unit's people
    ("project_create", "own"): Row(CARRY, rest="refused", invalid=TOWNSHIP),
    ("project_create", "foreign"): Row(OFFICES, rest="refused", invalid=UNITS | TOWNSHIP),
    ("project_edit", "own"): own(CARRY),
    ("project_edit", "foreign"): foreign(OFFICES),
    ("project_grade", "own"): own(PO),
    ("project_grade", "foreign"): foreign(PO),
    ("project_mark_promising", "own"): own(PO),
    ("project_mark_promising", "foreign"): foreign(PO),
    ("year_figure_set", "own"): own(CARRY),
    ("year_figure_set", "foreign"): foreign(OFFICES),
    ("year_figure_edit", "own"): own(CARRY),
    ("year_figure_edit", "foreign"): foreign(OFFICES),
    # duties, second looks, rules: as the pages have it
    ("clock_stop", "own"): own(PO | GO | who("supervisor")),
    ("clock_resume", "own"): own(GO | who("supervisor")),
    ("excuse_ask", "own"): own(TOWNSHIP),
    ("excuse_decide", "own"): own(GO | who("supervisor")),
    ("recheck_record", "own"): own(STATISTICS | GO),
    ("rule_decide", ""): Row(GO, refused=BUSINESS - GO),
    ("rule_withdraw", ""): Row(PO, refused=BUSINESS - PO),
    ("evidence_add", "own"): own(CARRY | TOWNSHIP),
    ("evidence_add", "foreign"): foreign(OFFICES),
    ("evidence_withdraw", "own"): own(CARRY),
    ("evidence_withdraw", "foreign"): foreign(OFFICES),
    ("gate_ask", "own"): own(CARRY),
    ("gate_ask", "foreign"): foreign(OFFICES),
    ("money_ask", "own"): own(CARRY),
    ("money_ask", "foreign"): foreign(OFFICES),
    # recognised never by the responsible unit or the asker's; what the project office has a part in by statistics
    ("ask_recognise", "own"): own(PO),
    ("ask_recognise", "foreign"): foreign(PO),
    ("ask_recognise", "office"): foreign(STATISTICS),
    ("ask_return", "own"): own(PO),
    ("ask_return", "foreign"): foreign(PO),
    ("ask_return", "office"): foreign(STATISTICS),
    ("ask_withdraw", "own"): own(UNITS),
    ("ask_withdraw", "foreign"): foreign(NOBODY),
    ("ask_withdraw", "office"): foreign(PO),
    ("fact_revoke", "own"): own(PO | STATISTICS),
    ("fact_revoke", "foreign"): foreign(PO | STATISTICS),
    ("fact_revoke", "office"): foreign(STATISTICS),
    ("hand_over_officer", "own"): own(OFFICES | who("unit_head")),
    ("hand_over_officer", "foreign"): foreign(OFFICES),
    ("hand_over_principal", "own"): own(OFFICES),
    ("hand_over_principal", "foreign"): foreign(OFFICES),
    ("hand_over_leader", "own"): own(OFFICES),
    ("hand_over_leader", "foreign"): foreign(OFFICES),
    ("hand_over_supervisor", "own"): own(PO | GO),
    ("hand_over_supervisor", "foreign"): foreign(PO | GO),
    ("hand_over_unit", "own"): own(OFFICES),
    ("hand_over_unit", "foreign"): foreign(OFFICES),
    ("commitment_ask", "own"): own(CARRY),
    ("commitment_ask", "foreign"): foreign(OFFICES),
    ("commitment_decide", "own"): own(PO | GO | LEADER),
    ("commitment_decide", "foreign"): foreign(PO | GO | LEADER),
    ("commitment_decide", "office"): foreign(GO | LEADER),
    ("suspension_ask", "own"): own(who("unit_head")),
    ("suspension_ask", "foreign"): foreign(NOBODY),
    ("suspension_decide", "own"): own(LEADER),
    ("suspension_decide", "foreign"): foreign(NOBODY),
    ("suspension_resume", "own"): own(PO | UNITS | LEADER),
    ("suspension_resume", "foreign"): foreign(PO),
    ("obstacle_add", "own"): own(CARRY | TOWNSHIP | LEADER | GO | who("supervisor")),
    ("obstacle_add", "foreign"): foreign(OFFICES | LEADER | GO | who("supervisor")),
    ("obstacle_report", "own"): own(CARRY | TOWNSHIP),
    ("obstacle_report", "foreign"): foreign(OFFICES),
    ("obstacle_solve", "own"): own(TOWNSHIP),
    ("obstacle_solve", "foreign"): foreign(NOBODY),
    ("obstacle_confirm", "own"): own(who("unit_officer supervisor")),
    ("obstacle_confirm", "foreign"): foreign(NOBODY),
    ("lesson_propose", "own"): own(CARRY),
    ("lesson_propose", "foreign"): foreign(OFFICES),
    ("lesson_decide", "own"): own(PO | GO | who("party_head")),
    ("lesson_decide", "foreign"): foreign(PO | GO),
    ("lesson_answer", "own"): own(CARRY),
    ("lesson_answer", "foreign"): foreign(OFFICES),
    ("ending_propose_done", "own"): own(CARRY),
    ("ending_propose_done", "foreign"): foreign(OFFICES),
    ("ending_propose_given_up", "own"): own(CARRY),
    ("ending_propose_given_up", "foreign"): foreign(OFFICES),
    ("ending_accept", "own given_up"): own(GO),
    ("ending_accept", "foreign given_up"): foreign(GO),
    ("ending_accept", "own done"): own(PO),
    ("ending_accept", "office done"): foreign(STATISTICS),
    ("ending_return", "own given_up"): own(GO),
    ("ending_return", "own done"): own(PO),
    ("ending_return", "office done"): foreign(STATISTICS),
    ("void_ask", "own"): own(OFFICES),
    ("void_ask", "foreign"): foreign(OFFICES),
    ("void_decide", "own"): own(GO),
    ("void_decide", "foreign"): foreign(GO),
    ("import_upload", ""): only(OFFICES),
    ("import_correct", ""): Row(PO),
    ("import_defaults", ""): Row(PO),
    ("import_accept", ""): Row(PO),
    ("import_drop", ""): Row(PO),
    ("import_undo", ""): Row(PO),
}

NOT_OFFERED: Mapping[str, str] = {
    "projects.exports.library_export": "a program reads the library page by page; no token takes the whole of it as a file",
    "orgs.accounts.account_create": "accounts are the security administrator's, on his pages alone",
    "orgs.accounts.password_reset": "a password is told in person, never by a program",
    "orgs.accounts.password_change": "a password is changed by its owner, who signs in",
    "orgs.accounts.account_switch": "accounts are the security administrator's, on his pages alone",
    "orgs.accounts.role_grant": "roles are the security administrator's, on his pages alone",
    "orgs.accounts.role_end": "roles are the security administrator's, on his pages alone",
    "rulebook.version_propose": "laid out as the table is, and proposed after its preview has been read, on its page",
    "orgs.tokens.token_create": "a token must not make tokens",
    "orgs.tokens.token_revoke": "as they are made, so they are revoked: by their owner, signed in",
    "orgs.delegations.delegation_give": "what one may do oneself is given away by a person who has signed in, never by a program",
    "orgs.delegations.delegation_end": "as they are given, so they are ended: by one of the two, signed in",
    "orgs.units.region_create": "set-up of the installation",
    "orgs.units.unit_create": "set-up of the installation",
    "orgs.tiles.townships_place": "set-up of the installation, by command",
    "orgs.industries.industries_import": "set-up of the installation, by command",
    **dict.fromkeys(
        (
            "orgs.factors.totp_set_up",
            "orgs.factors.passkey_add",
            "orgs.factors.codes_make",
            "orgs.factors.factor_remove",
            "orgs.factors.code_use",
            "orgs.factors.passkey_use",
            "orgs.factors.factors_reset",
            "orgs.sign_in_rules.idle_set",
            "orgs.sign_in_rules.second_factor_ask",
        ),
        "signing in is a person's own, or the security administrator's on his pages; a token signs nobody in",
    ),
    "orgs.operations.job_retry": "the system administrator's, on his pages alone",
    "orgs.operations.job_give_up": "the system administrator's, on his pages alone",
    "projects.ends.ending_explain": "the page's form in one; the API gives the minutes as evidence first, then ending_accept",
    "projects.years.year_figures_set": "the import's many at once; the API sets one (year_figure_set)",
}
"""Services without an operation, each with the reason; so have those of matrix_expectations.INNER."""
