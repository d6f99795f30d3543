from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

ACTS = {
    "accounts": {
        "account_create": _("开账号"),
        "account_switch": _("停用或启用账号"),
        "password_reset": _("重设密码"),
        "password_change": _("改密码"),
        "role_grant": _("授予角色"),
        "role_end": _("终止角色"),
    },
    "units": {
        "region_create": _("添加行政区"),
        "unit_create": _("添加单位"),
        "unit_head_change": _("换任主要领导"),
        "member_create": _("添加人员"),
        "member_change": _("改人员资料"),
        "member_leave": _("办理离任"),
    },
    "factors": {
        "totp_set_up": _("设手机验证器"),
        "passkey_add": _("添加通行密钥"),
        "codes_make": _("重新生成恢复码"),
        "factor_remove": _("移除两步验证"),
        "code_use": _("用验证码登录"),
        "passkey_use": _("用通行密钥登录"),
        "factors_reset": _("重设两步验证"),
    },
    "tokens": {"token_create": _("建接口令牌"), "token_revoke": _("吊销接口令牌")},
    "delegations": {"delegation_give": _("委托代办"), "delegation_end": _("终止委托")},
    "operations": {"job_retry": _("重办后台任务"), "job_give_up": _("放弃后台任务")},
    "sign_in_rules": {"second_factor_ask": _("定是否必须两步验证"), "idle_set": _("定闲置时间")},
    "industries": {"industries_import": _("导入行业分类")},
    "tiles": {"townships_place": _("摆乡镇示意图")},
}


class OrgsConfig(AppConfig):
    name = "luodi.orgs"
    label = "orgs"
    verbose_name = _("单位和人")

    def ready(self) -> None:
        from luodi.kernel import guards, registry
        from luodi.orgs import deputies, panels, seeds, selectors
        from luodi.orgs.guards import GUARDS

        guards.declare(*GUARDS)
        registry.CHECKS.append(selectors.faults)
        registry.WRITTEN.append(deputies.note_deputed)
        registry.add_search(*panels.SOURCES)
        registry.HOLDINGS.append(panels.headed)
        registry.ESTATES.append(registry.Estate(panels.headship))
        registry.FINDINGS.append(selectors.sign_in_findings)
        post_migrate.connect(seeds.seed_industries, sender=self)
        for module, words in ACTS.items():
            registry.add_acts(f"orgs.services.{module}", words)
        registry.add_nav(
            registry.NavEntry("steer", 80, _("单位"), "unit_list", "u", "unit.see"),
            registry.NavEntry("admin", 90, _("账号和角色"), "account_list", "", "account.manage"),
            registry.NavEntry("admin", 93, _("登录规则"), "sign_in_rules", "", "account.manage"),
            registry.NavEntry("admin", 91, _("审计"), "audit_log", "", "audit.read"),
            registry.NavEntry("admin", 92, _("运行状况"), "system_state", "", "system.operate"),
            registry.NavEntry("admin", 93, _("后台任务"), "job_list", "", "system.operate"),
            registry.NavEntry("desk", 9, _("我的任务"), "my_job_list", "", "project.import"),
        )
