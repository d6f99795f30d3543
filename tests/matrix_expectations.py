"""What each role ought to be allowed: the second table, written by hand from mission.md (M2, M13, M15, M16, M19, M25)
and issue 1, items 4 and 6–11. Neither the product nor this file's test derives it from the code; never edit it to
make a test green without saying, from those papers, why the old line was wrong.

Who is tried, beside one account for each role:
  party_head, party_officer  head and officer of a township that is Party to the `own` project
  no_role                    an account to which no role was granted
  anonymous                  nobody signed in

What is tried on:
  own      a project of the unit that unit_head heads; unit_officer is its officer, county_leader its leader,
           supervisor its supervisor; the enterprise is its helper, the bank has nothing to do with it
  foreign  a project of another unit, with another leader and no supervisor
  office   a project of the project office's own unit
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Who = frozenset[str]


def who(names: str) -> Who:
    return frozenset(names.split())


NOBODY = who("")
GOVERNMENT_ROLES = who(
    "county_leader government_office project_office investment_bureau statistics_bureau unit_head unit_officer "
    "supervisor discipline_office convenor"
)
BUSINESS_ROLES = GOVERNMENT_ROLES | who("bank_clerk enterprise_clerk")
ADMINISTRATORS = who("system_admin security_admin audit_admin")
ROLES = BUSINESS_ROLES | ADMINISTRATORS

TOWNSHIP = who("party_head party_officer")
ACTORS = ROLES | TOWNSHIP | who("no_role anonymous")
SIGNED_IN = ACTORS - who("anonymous")
GOVERNMENT = GOVERNMENT_ROLES | TOWNSHIP
BUSINESS = BUSINESS_ROLES | TOWNSHIP

# Issue 1, item 4: leaders, offices, bureaus and supervision see the county; head and officer their own unit and what
# they are Party to; banks and enterprises what they are Party to; the three administrators no business row.
SCOPES: Mapping[str, Who] = {
    "county": who(
        "county_leader government_office project_office investment_bureau statistics_bureau supervisor "
        "discipline_office convenor"
    ),
    "unit": who("unit_head unit_officer"),
    "party": who("bank_clerk enterprise_clerk"),
    "nothing": ADMINISTRATORS,
}
SEES_FOREIGN = SCOPES["county"]
SEES_OWN = SEES_FOREIGN | who("unit_head unit_officer enterprise_clerk") | TOWNSHIP

OFFICES = who("project_office investment_bureau")
UNITS = who("unit_head unit_officer")
CARRY = OFFICES | UNITS
"""Who carries the `own` project; of the `foreign` and the `office` one, only OFFICES among those tried."""

# Roles × actions ------------------------------------------------------------------------------------------------------

ACTIONS: Mapping[str, Who] = {
    # reading
    "desk.see": BUSINESS_ROLES,
    "project.see": BUSINESS_ROLES,
    "project.export": GOVERNMENT_ROLES,
    "unit.see": GOVERNMENT_ROLES,
    # telephone numbers: those who must reach an officer, no more
    "person.see_contact": who(
        "county_leader government_office project_office investment_bureau supervisor unit_head unit_officer"
    ),
    # a project's life
    "project.create": CARRY,
    "project.edit": CARRY,
    "project.import": OFFICES,
    "project.grade": who("project_office"),
    "project.note": GOVERNMENT_ROLES,
    "evidence.add": CARRY,
    "gate.ask": CARRY,
    "gate.recognise": who("project_office statistics_bureau"),
    "fact.revoke": who("project_office statistics_bureau"),
    "commitment.ask": CARRY,
    "commitment.decide": who("county_leader government_office project_office"),
    "assignment.hand_over": OFFICES | who("unit_head"),
    "assignment.supervisor": who("project_office government_office"),
    # the principal asks, whoever he is; the leader agrees
    "suspension.ask": CARRY | who("county_leader"),
    "suspension.decide": who("county_leader"),
    "suspension.resume": CARRY | who("county_leader"),
    "obstacle.add": CARRY | who("county_leader government_office supervisor"),
    "obstacle.work": CARRY,
    "obstacle.confirm": CARRY | who("supervisor"),
    "ending.propose": CARRY,
    # a failure is explained to the government; a success is checked as facts are
    "ending.accept": who("government_office"),
    "ending.close": who("project_office statistics_bureau"),
    "lesson.accept": who("project_office government_office unit_head"),
    "lesson.answer": CARRY,
    "void.ask": OFFICES,
    "void.approve": who("government_office"),
    # a drawn fact is looked at again by an office of recognition; clocks are stopped by who supervises, time is granted by
    # the government office or who supervises, asked for by whoever may owe something
    "fact.recheck": who("project_office statistics_bureau government_office"),
    "obligation.stop": who("project_office government_office supervisor"),
    "excuse.ask": CARRY | who("county_leader government_office statistics_bureau"),
    "excuse.decide": who("government_office supervisor"),
    # units and people
    "unit.head": who("government_office"),
    # a head leaves with the next one named in the same act, and with all that goes over then
    "unit.head_leave": who("government_office"),
    "member.manage": who("project_office unit_head"),
    # issue 2, item 5: 乙代甲; a bank or an enterprise has nobody to delegate to
    "delegation.give": GOVERNMENT_ROLES,
    # the rules of the county: proposed by one office, put in force by another
    "rule.propose": who("project_office"),
    "rule.decide": who("government_office"),
    # administration
    "account.manage": who("security_admin"),
    "role.grant": who("security_admin"),
    "audit.read": who("audit_admin"),
    "system.operate": who("system_admin"),
}

# URLs × who -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """What an address answers, by actor; whoever is named nowhere gets `rest`.

    open: the page, its button to be pressed · told: the page, its button disabled and the reason beside it ·
    refused: 403, which says who may · hidden: 404 · moved: sent to another page · sign-in: sent to sign in.
    """

    rest: str
    open: Who = NOBODY
    told: Who = NOBODY
    refused: Who = NOBODY
    hidden: Who = NOBODY
    moved: Who = NOBODY
    post: bool = False
    """The address takes POST alone."""

    def expected(self, actor: str) -> str:
        for outcome in ("open", "told", "refused", "hidden", "moved"):
            if actor in getattr(self, outcome):
                return outcome
        return "sign-in" if actor == "anonymous" else self.rest


@dataclass(frozen=True, slots=True)
class Decision:
    """A page with buttons: who sees it, and who may press which. Whoever sees it and may press none is told why."""

    seen: Who
    buttons: Mapping[str, Who] = field(default_factory=dict)

    def expected(self, actor: str) -> str:
        if actor not in self.seen:
            return "sign-in" if actor == "anonymous" else "hidden"
        return "open" if self.pressed_by(actor) else "told"

    def pressed_by(self, actor: str) -> set[str]:
        return {code for code, may in self.buttons.items() if actor in may}


def act(may: Who, seen: Who) -> Row:
    """A page of an act: who may, does; who sees the project only is told why not; for others it is not there."""
    return Row("hidden", open=may, told=seen - may)


def only(may: Who, *, post: bool = False) -> Row:
    return Row("refused", open=may, post=post)


def read(seen: Who) -> Row:
    return Row("hidden", open=seen)


def importer(*, post: bool = False) -> Row:
    """The import of a project office's clerk: to who may import too, but did not begin this one, it does not exist."""
    return Row("refused", open=who("project_office"), hidden=who("investment_bureau"), post=post)


def managed(may: Who) -> Row:
    """A page of the unit directory that changes something: the government sees the unit and is refused."""
    return Row("hidden", open=may, refused=GOVERNMENT - may)


EVERYBODY = Row("open", open=ACTORS)
SECURITY, AUDIT, SYSTEM = who("security_admin"), who("audit_admin"), who("system_admin")
PO, GO, STATISTICS = who("project_office"), who("government_office"), who("statistics_bureau")

PAGES: Mapping[tuple[str, str], Row] = {
    # open to all; signing out ends at the sign-in page
    ("health", ""): EVERYBODY,
    # issue 3, item 11: what machines ask; metrics from this machine alone, as the tests' client does
    ("healthz", ""): EVERYBODY,
    ("readyz", ""): EVERYBODY,
    ("metrics", ""): EVERYBODY,
    ("sign_in", ""): EVERYBODY,
    ("sign_out", ""): Row("sign-in", post=True),
    # nobody took the first step, no passkey is shown, no issuer is named
    ("sign_in_second", ""): Row("sign-in"),
    ("sign_in_passkey", ""): Row("sign-in", post=True),
    ("sign_in_passkey_options", ""): EVERYBODY,
    ("openid_begin", ""): Row("hidden", hidden=ACTORS),
    ("openid_back", ""): Row("hidden", hidden=ACTORS),
    ("set_language", ""): Row("moved", moved=ACTORS, post=True),
    # one's own
    ("password_change", ""): Row("open"),
    ("password_change_done", ""): Row("open"),
    ("security", ""): Row("open"),
    ("totp_set_up", ""): Row("open"),
    ("passkey_add", ""): Row("open"),
    ("passkey_options", ""): Row("open"),
    ("codes_make", ""): Row("open"),
    # another person's
    ("factor_remove", ""): Row("hidden"),
    ("session_end", ""): Row("open", post=True),
    ("desk", ""): Row("open", moved=ADMINISTRATORS),
    ("desk_count", ""): Row("open"),
    # duties: all that is owed about what I see; the township owes the one tried here, the project office the stopped one
    ("obligation_list", ""): only(BUSINESS),
    ("obligation", "own"): read(SEES_OWN),
    # who answers for what: open to the government, who sees one unit sees it alone (M2)
    ("responsibility", ""): only(GOVERNMENT),
    ("obligation_stop", "own"): act(PO | GO | who("supervisor"), SEES_OWN),
    ("obligation_resume", "own"): act(GO | who("supervisor"), SEES_OWN),
    ("obligation_excuse", "own"): act(TOWNSHIP, SEES_OWN),
    # search: each of what he may see (the leak tests of search); administrators see no business row, so they have none
    ("search", ""): only(BUSINESS),
    # one's own tokens, and nobody else's
    ("token_list", ""): Row("open"),
    ("token_create", ""): Row("open"),
    ("token_revoke", ""): Row("hidden", open=PO, post=True),
    # delegations: one's own, given to whoever of the government signs in; ended by either of the two, here the leader, who
    # gave it, and the government office, which holds it
    ("delegation_list", ""): Row("open"),
    ("delegation_give", ""): only(GOVERNMENT),
    ("delegation_end", ""): Row("hidden", open=who("county_leader government_office"), post=True),
    # the API's description; each of its operations has a row in tests/api_expectations.py
    ("api_docs", ""): Row("open"),
    ("api_schema", ""): Row("open"),
    ("api_missing", ""): Row("hidden", hidden=ACTORS),
    # units and people
    ("unit_list", ""): only(GOVERNMENT),
    ("unit_page", "own"): read(GOVERNMENT),
    ("unit_page", "foreign"): read(GOVERNMENT),
    ("unit_head", "own"): managed(GO),
    ("unit_head", "foreign"): managed(GO),
    ("member_add", "own"): managed(PO | who("unit_head")),
    ("member_add", "foreign"): managed(PO),
    ("member_page", "own"): read(GOVERNMENT),
    ("member_page", "foreign"): read(GOVERNMENT),
    ("member_edit", "own"): managed(PO | who("unit_head")),
    ("member_edit", "foreign"): managed(PO),
    ("member_leave", "own"): managed(PO | who("unit_head")),
    ("member_leave", "foreign"): managed(PO),
    ("member_leave", "own head"): managed(GO),
    ("member_leave", "foreign head"): managed(GO),
    # the three administrators
    ("account_list", ""): only(SECURITY),
    ("account_page", ""): only(SECURITY),
    ("account_create", ""): only(SECURITY),
    ("account_reset", ""): only(SECURITY),
    ("account_switch", ""): only(SECURITY, post=True),
    ("account_factors", ""): only(SECURITY),
    ("sign_in_rules", ""): only(SECURITY),
    ("role_grant", ""): only(SECURITY, post=True),
    ("role_end", ""): only(SECURITY, post=True),
    ("audit_log", ""): only(AUDIT),
    ("audit_verify", ""): only(AUDIT, post=True),
    ("system_state", ""): only(SYSTEM),
    # issue 3, item 3: background work is the system administrator's; what one asked for, one's own
    ("job_list", ""): only(SYSTEM),
    ("job_retry", ""): only(SYSTEM, post=True),
    ("job_give_up", ""): only(SYSTEM),
    ("my_job_list", ""): Row("open"),
    # lists: banks and enterprises too, of what they are Party to
    ("project_list", ""): only(BUSINESS),
    ("project_export", ""): only(GOVERNMENT),
    ("project_map", ""): only(BUSINESS),
    ("obstacle_list", ""): only(BUSINESS),
    ("ask_list", ""): only(BUSINESS),
    ("opening_list", ""): only(BUSINESS),
    ("project_new", ""): only(CARRY | TOWNSHIP),
    # the lists behind the numbers of a rule change's preview
    ("lamp_effect", ""): only(BUSINESS),
    ("ask_effect", ""): only(BUSINESS),
    # rules: whoever works by them may read them; proposed by the project office
    ("rule_list", ""): only(BUSINESS),
    ("rule_table", ""): only(BUSINESS),
    ("rule_propose", ""): only(PO),
    # imports: each importer his own
    ("import_list", ""): only(OFFICES),
    ("import_new", ""): only(OFFICES),
    ("import", ""): importer(),
    ("import_columns", ""): importer(),
    ("import_rows", ""): importer(post=True),
    ("import_accept", ""): importer(post=True),
    ("import_drop", ""): importer(post=True),
    ("import_progress", ""): Row("refused", moved=PO, hidden=who("investment_bureau")),
    ("import_left", ""): importer(),
    ("import_undo", ""): importer(),
    ("import_undo_progress", ""): Row("refused", moved=PO, hidden=who("investment_bureau")),
    # what can be read of a project
    ("project", "own"): read(SEES_OWN),
    ("project", "foreign"): read(SEES_FOREIGN),
    ("evidence_file", "own"): read(SEES_OWN),
    ("evidence_file", "foreign"): read(SEES_FOREIGN),
    ("note_add", "own"): Row(
        "hidden", open=SEES_OWN - who("enterprise_clerk"), refused=who("enterprise_clerk"), post=True
    ),
    ("note_add", "foreign"): Row("hidden", open=SEES_FOREIGN, post=True),
    # acts on a project
    ("project_edit", "own"): act(CARRY, SEES_OWN),
    ("project_edit", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("project_grade", "own"): act(PO, SEES_OWN),
    ("project_grade", "foreign"): act(PO, SEES_FOREIGN),
    ("project_promising", "own"): act(PO, SEES_OWN),
    ("project_promising", "foreign"): act(PO, SEES_FOREIGN),
    ("figure_set", "own"): act(CARRY, SEES_OWN),
    ("figure_set", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("evidence_add", "own"): act(CARRY | TOWNSHIP, SEES_OWN),
    ("evidence_add", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("evidence_withdraw", "own"): act(CARRY, SEES_OWN),
    ("evidence_withdraw", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("gate_ask", "own"): act(CARRY, SEES_OWN),
    ("gate_ask", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("money_ask", "own"): act(CARRY, SEES_OWN),
    ("money_ask", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("fact_revoke", "own"): act(PO | STATISTICS, SEES_OWN),
    ("fact_revoke", "foreign"): act(PO | STATISTICS, SEES_FOREIGN),
    ("fact_revoke", "office"): act(STATISTICS, SEES_FOREIGN),
    # a head changes the officer of his own projects; leaders and principals are changed by the offices
    ("hand_over", "own officer"): act(OFFICES | who("unit_head"), SEES_OWN),
    ("hand_over", "own principal"): act(OFFICES, SEES_OWN),
    ("hand_over", "own leader"): act(OFFICES, SEES_OWN),
    ("hand_over", "own supervisor"): act(PO | GO, SEES_OWN),
    ("hand_over", "foreign officer"): act(OFFICES, SEES_FOREIGN),
    ("hand_over", "foreign supervisor"): act(PO | GO, SEES_FOREIGN),
    ("hand_over_unit", "own"): act(OFFICES, SEES_OWN),
    ("hand_over_unit", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("commitment_ask", "own"): act(CARRY, SEES_OWN),
    ("commitment_ask", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("suspension_ask", "own"): act(who("unit_head"), SEES_OWN),
    ("suspension_ask", "foreign"): act(NOBODY, SEES_FOREIGN),
    ("suspension_resume", "own"): act(PO | UNITS | who("county_leader"), SEES_OWN),
    ("suspension_resume", "foreign"): act(PO, SEES_FOREIGN),
    ("obstacle_add", "own"): act(CARRY | TOWNSHIP | who("county_leader government_office supervisor"), SEES_OWN),
    ("obstacle_add", "foreign"): act(OFFICES | who("county_leader government_office supervisor"), SEES_FOREIGN),
    ("lesson_propose", "own"): act(CARRY, SEES_OWN),
    ("lesson_propose", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("lesson_answer", "own"): act(CARRY, SEES_OWN),
    ("lesson_answer", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("ending_done", "own"): act(CARRY, SEES_OWN),
    ("ending_done", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("ending_give_up", "own"): act(CARRY, SEES_OWN),
    ("ending_give_up", "foreign"): act(OFFICES, SEES_FOREIGN),
    ("void_ask", "own"): act(OFFICES, SEES_OWN),
    ("void_ask", "foreign"): act(OFFICES, SEES_FOREIGN),
}

DECISIONS: Mapping[tuple[str, str], Decision] = {
    # put in force or refused by the government office, taken back by the project office
    ("rule_version", ""): Decision(BUSINESS, {"in_force": GO, "refuse": GO, "withdraw": PO}),
    ("excuse", "own"): Decision(SEES_OWN, dict.fromkeys(("agree", "refuse"), GO | who("supervisor"))),
    # the project office recognised it, so another office looks again
    ("recheck", "own"): Decision(SEES_OWN, dict.fromkeys(("held", "broken"), STATISTICS | GO)),
    # recognised never by the responsible unit or the asker's; what the project office itself has a part in by statistics
    ("ask", "own"): Decision(SEES_OWN, {"recognise": PO, "return": PO, "withdraw": UNITS}),
    ("ask", "foreign"): Decision(SEES_FOREIGN, {"recognise": PO, "return": PO}),
    ("ask", "office"): Decision(SEES_FOREIGN, {"recognise": STATISTICS, "return": STATISTICS, "withdraw": PO}),
    ("commitment_decide", "own"): Decision(
        SEES_OWN, dict.fromkeys(("agree", "refuse"), PO | GO | who("county_leader"))
    ),
    ("commitment_decide", "foreign"): Decision(
        SEES_FOREIGN, dict.fromkeys(("agree", "refuse"), PO | GO | who("county_leader"))
    ),
    ("commitment_decide", "office"): Decision(
        SEES_FOREIGN, dict.fromkeys(("agree", "refuse"), GO | who("county_leader"))
    ),
    ("suspension_decide", "own"): Decision(SEES_OWN, dict.fromkeys(("agree", "refuse"), who("county_leader"))),
    ("suspension_decide", "foreign"): Decision(SEES_FOREIGN, dict.fromkeys(("agree", "refuse"), NOBODY)),
    # the township solves the own project's; who carries the project may report on it
    ("obstacle", "own open"): Decision(SEES_OWN, {"solve": TOWNSHIP, "report": TOWNSHIP | CARRY}),
    ("obstacle", "foreign open"): Decision(SEES_FOREIGN, {"solve": NOBODY, "report": OFFICES}),
    ("obstacle", "own solved"): Decision(
        SEES_OWN, dict.fromkeys(("confirm", "reopen"), who("unit_officer supervisor"))
    ),
    ("obstacle", "foreign solved"): Decision(SEES_FOREIGN, dict.fromkeys(("confirm", "reopen"), NOBODY)),
    # solved by the officer's own unit, and no supervisor: somebody outside must confirm, so the project office
    ("obstacle", "foreign self-solved"): Decision(SEES_FOREIGN, dict.fromkeys(("confirm", "reopen"), PO)),
    ("lesson", "own"): Decision(SEES_OWN, dict.fromkeys(("accept", "return"), PO | GO | who("party_head"))),
    ("lesson", "foreign"): Decision(SEES_FOREIGN, dict.fromkeys(("accept", "return"), PO | GO)),
    ("ending", "own given_up"): Decision(SEES_OWN, dict.fromkeys(("accept", "return"), GO)),
    ("ending", "foreign given_up"): Decision(SEES_FOREIGN, dict.fromkeys(("accept", "return"), GO)),
    ("ending", "own done"): Decision(SEES_OWN, dict.fromkeys(("accept", "return"), PO)),
    ("ending", "foreign done"): Decision(SEES_FOREIGN, dict.fromkeys(("accept", "return"), PO)),
    ("ending", "office done"): Decision(SEES_FOREIGN, dict.fromkeys(("accept", "return"), STATISTICS)),
    ("void_decide", "own"): Decision(SEES_OWN, dict.fromkeys(("approve", "refuse"), GO)),
    ("void_decide", "foreign"): Decision(SEES_FOREIGN, dict.fromkeys(("approve", "refuse"), GO)),
}

# Services × who -------------------------------------------------------------------------------------------------------

SERVICES: Mapping[tuple[str, str], Who] = {
    ("orgs.accounts.account_create", ""): SECURITY,
    ("orgs.accounts.password_reset", ""): SECURITY,
    ("orgs.accounts.password_change", ""): SIGNED_IN,
    ("orgs.accounts.account_switch", ""): SECURITY,
    ("orgs.tokens.token_create", ""): SIGNED_IN,
    ("orgs.tokens.token_revoke", ""): PO,
    ("orgs.delegations.delegation_give", ""): GOVERNMENT,
    ("orgs.delegations.delegation_end", ""): who("county_leader government_office"),
    ("orgs.accounts.role_grant", ""): SECURITY,
    ("orgs.accounts.role_end", ""): SECURITY,
    # one's own second factor; another's is reset by the security administrator
    ("orgs.factors.totp_set_up", ""): SIGNED_IN,
    ("orgs.factors.passkey_add", ""): SIGNED_IN,
    ("orgs.factors.factors_reset", ""): SECURITY,
    ("orgs.sign_in_rules.idle_set", ""): SECURITY,
    # what makes signing in weaker is no person's to decide
    ("orgs.sign_in_rules.second_factor_ask", ""): NOBODY,
    ("orgs.operations.job_retry", ""): SYSTEM,
    ("orgs.operations.job_give_up", ""): SYSTEM,
    # regions and units are set up by the installation, never by a person's account
    ("orgs.units.region_create", ""): NOBODY,
    ("orgs.units.unit_create", ""): NOBODY,
    # how a map is drawn, which counts for nothing
    ("orgs.tiles.townships_place", ""): SYSTEM,
    # a national table, no business of the county
    ("orgs.industries.industries_import", ""): SYSTEM,
    ("orgs.units.member_create", "own"): PO | who("unit_head"),
    ("orgs.units.member_create", "foreign"): PO,
    ("orgs.units.member_change", "own"): PO | who("unit_head"),
    ("orgs.units.member_change", "foreign"): PO,
    ("orgs.units.member_leave", "own"): PO | who("unit_head"),
    ("orgs.units.member_leave", "foreign"): PO,
    ("orgs.units.member_leave", "own head"): GO,
    ("orgs.units.member_leave", "foreign head"): GO,
    ("orgs.units.unit_head_change", "own"): GO,
    ("orgs.units.unit_head_change", "foreign"): GO,
    ("obligations.clocks.clock_stop", "own"): PO | GO | who("supervisor"),
    ("obligations.clocks.clock_resume", "own"): GO | who("supervisor"),
    ("obligations.clocks.excuse_ask", "own"): TOWNSHIP,
    ("obligations.clocks.excuse_decide", "own"): GO | who("supervisor"),
    ("projects.rechecks.recheck_record", "own"): STATISTICS | GO,
    ("rulebook.version_propose", ""): PO,
    ("rulebook.version_decide", ""): GO,
    ("rulebook.version_withdraw", ""): PO,
    ("subjects.note_add", "own"): SEES_OWN - who("enterprise_clerk"),
    ("subjects.note_add", "foreign"): SEES_FOREIGN,
    ("projects.projects.project_create", "own"): CARRY,
    ("projects.projects.project_create", "foreign"): OFFICES,
    ("projects.projects.project_create", "township"): OFFICES | TOWNSHIP,
    ("projects.projects.project_edit", "own"): CARRY,
    ("projects.projects.project_edit", "foreign"): OFFICES,
    ("projects.projects.project_grade", "own"): PO,
    ("projects.projects.project_grade", "foreign"): PO,
    ("projects.projects.project_mark_promising", "own"): PO,
    ("projects.projects.project_mark_promising", "foreign"): PO,
    ("projects.years.year_figure_set", "own"): CARRY,
    ("projects.years.year_figure_set", "foreign"): OFFICES,
    ("projects.years.year_figures_set", "own"): CARRY,
    ("projects.years.year_figures_set", "foreign"): OFFICES,
    # all of them or none: who may not touch one of them may touch none
    ("projects.years.year_figures_set", "foreign and own"): OFFICES,
    ("projects.evidence.evidence_add", "own"): CARRY | TOWNSHIP,
    ("projects.evidence.evidence_add", "foreign"): OFFICES,
    # the minutes of the meeting that accepted an explanation: also who accepts it
    ("projects.evidence.evidence_add", "own minutes"): CARRY | TOWNSHIP | GO,
    ("projects.evidence.evidence_add", "foreign minutes"): OFFICES | GO,
    ("projects.evidence.evidence_withdraw", "own"): CARRY,
    ("projects.evidence.evidence_withdraw", "foreign"): OFFICES,
    ("projects.gates.gate_ask", "own"): CARRY,
    ("projects.gates.gate_ask", "foreign"): OFFICES,
    ("projects.gates.money_ask", "own"): CARRY,
    ("projects.gates.money_ask", "foreign"): OFFICES,
    ("projects.gates.ask_recognise", "own"): PO,
    ("projects.gates.ask_recognise", "foreign"): PO,
    ("projects.gates.ask_recognise", "office"): STATISTICS,
    ("projects.gates.ask_return", "own"): PO,
    ("projects.gates.ask_return", "foreign"): PO,
    ("projects.gates.ask_return", "office"): STATISTICS,
    ("projects.gates.ask_withdraw", "own"): UNITS,
    ("projects.gates.ask_withdraw", "foreign"): NOBODY,
    ("projects.gates.ask_withdraw", "office"): PO,
    ("projects.gates.fact_revoke", "own"): PO | STATISTICS,
    ("projects.gates.fact_revoke", "foreign"): PO | STATISTICS,
    ("projects.gates.fact_revoke", "office"): STATISTICS,
    ("projects.people.hand_over", "own officer"): OFFICES | who("unit_head"),
    ("projects.people.hand_over", "own principal"): OFFICES,
    ("projects.people.hand_over", "own leader"): OFFICES,
    ("projects.people.hand_over", "own supervisor"): PO | GO,
    ("projects.people.hand_over", "foreign officer"): OFFICES,
    ("projects.people.hand_over", "foreign principal"): OFFICES,
    ("projects.people.hand_over", "foreign leader"): OFFICES,
    ("projects.people.hand_over", "foreign supervisor"): PO | GO,
    ("projects.exports.library_export", ""): GOVERNMENT,
    ("projects.people.hand_over_unit", "own"): OFFICES,
    ("projects.people.hand_over_unit", "foreign"): OFFICES,
    ("projects.commitments.commitment_ask", "own"): CARRY,
    ("projects.commitments.commitment_ask", "foreign"): OFFICES,
    ("projects.commitments.commitment_decide", "own"): PO | GO | who("county_leader"),
    ("projects.commitments.commitment_decide", "foreign"): PO | GO | who("county_leader"),
    ("projects.commitments.commitment_decide", "office"): GO | who("county_leader"),
    ("projects.commitments.suspension_ask", "own"): who("unit_head"),
    ("projects.commitments.suspension_ask", "foreign"): NOBODY,
    ("projects.commitments.suspension_decide", "own"): who("county_leader"),
    ("projects.commitments.suspension_decide", "foreign"): NOBODY,
    ("projects.commitments.suspension_resume", "own"): PO | UNITS | who("county_leader"),
    ("projects.commitments.suspension_resume", "foreign"): PO,
    ("projects.obstacles.obstacle_add", "own"): CARRY | TOWNSHIP | who("county_leader government_office supervisor"),
    ("projects.obstacles.obstacle_add", "foreign"): OFFICES | who("county_leader government_office supervisor"),
    ("projects.obstacles.obstacle_report", "own"): CARRY | TOWNSHIP,
    ("projects.obstacles.obstacle_report", "foreign"): OFFICES,
    ("projects.obstacles.obstacle_solve", "own"): TOWNSHIP,
    ("projects.obstacles.obstacle_solve", "foreign"): NOBODY,
    ("projects.obstacles.obstacle_confirm", "own"): who("unit_officer supervisor"),
    ("projects.obstacles.obstacle_confirm", "foreign"): NOBODY,
    ("projects.obstacles.obstacle_confirm", "foreign self-solved"): PO,
    ("projects.ends.lesson_propose", "own"): CARRY,
    ("projects.ends.lesson_propose", "foreign"): OFFICES,
    ("projects.ends.lesson_decide", "own"): PO | GO | who("party_head"),
    ("projects.ends.lesson_decide", "foreign"): PO | GO,
    ("projects.ends.lesson_decide", "office"): GO,
    ("projects.ends.lesson_answer", "own"): CARRY,
    ("projects.ends.lesson_answer", "foreign"): OFFICES,
    ("projects.ends.ending_propose", "own"): CARRY,
    ("projects.ends.ending_propose", "foreign"): OFFICES,
    ("projects.ends.ending_accept", "own given_up"): GO,
    ("projects.ends.ending_accept", "foreign given_up"): GO,
    ("projects.ends.ending_accept", "own done"): PO,
    ("projects.ends.ending_accept", "foreign done"): PO,
    ("projects.ends.ending_accept", "office done"): STATISTICS,
    ("projects.ends.ending_explain", "own given_up"): GO,
    ("projects.ends.ending_explain", "foreign given_up"): GO,
    ("projects.ends.ending_explain", "own done"): PO,
    ("projects.ends.ending_explain", "foreign done"): PO,
    ("projects.ends.ending_explain", "office done"): STATISTICS,
    ("projects.ends.ending_return", "own given_up"): GO,
    ("projects.ends.ending_return", "foreign given_up"): GO,
    ("projects.ends.ending_return", "own done"): PO,
    ("projects.ends.ending_return", "office done"): STATISTICS,
    ("projects.ends.void_ask", "own"): OFFICES,
    ("projects.ends.void_ask", "foreign"): OFFICES,
    ("projects.ends.void_decide", "own"): GO,
    ("projects.ends.void_decide", "foreign"): GO,
    ("projects.imports.wizard.import_upload", ""): OFFICES,
    ("projects.imports.wizard.import_revise", ""): PO,
    ("projects.imports.wizard.import_accept", ""): PO,
    ("projects.imports.wizard.import_drop", ""): PO,
    ("projects.imports.undoing.import_undo", ""): PO,
}

INNER: Mapping[str, str] = {
    "orgs.factors.codes_make": "one's own, whoever one is, once there is a factor (tests/test_second_factor.py)",
    "orgs.factors.factor_remove": "one's own, whoever one is; another's is not found",
    "orgs.factors.code_use": "signing in: proves who one is, so nobody may ask it of another",
    "orgs.factors.passkey_use": "signing in: the same",
    "facts.fact_seal": "within ask_recognise, which asked who may",
    "facts.fact_revoke": "within projects' fact_revoke, which asked who may",
    "obligations.climbing.climb_batch": "a job of the system: carries up what was not done in time",
    "obligations.keeping.keep_batch": "a job of the system: makes duties what the rows say",
    "rulebook.version_apply": "a job of the system: follows what the government office put in force",
    "projects.figures.turns_rebuild": "a job of the system: reckons kept days anew, changes nothing that anybody told",
    "projects.imports.applying.rows_write": "the import's job, as its importer; asks project.import anew",
    "projects.imports.applying.rows_refuse": "the import's job: writes what was refused, no project",
    "projects.imports.applying.import_finish": "the import's job: closes the batch",
    "projects.imports.undoing.projects_undo": "the undo's job, as who asked for it; asks project.import anew",
    "projects.imports.undoing.projects_leave": "the undo's job: writes what was left, no project",
    "projects.imports.undoing.import_undo_finish": "the undo's job: closes the undo",
    "projects.imports.applying.import_forget": "a job of the system: destroys what was uploaded",
}
"""Functions with `by` that nobody runs from outside: each with who asks the permission, or why none is needed."""
