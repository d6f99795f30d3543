"""Every sentence that the ledger engine says, by stable code.

The engine gives the Chinese sentence and, beside it, code and parameters, so that a page can say it
in another language: `gettext(MESSAGES[code]) % params`.
"""

from __future__ import annotations


def gettext_noop(message: str) -> str:
    """Mark a sentence for the message catalogue; engines may not import Django's own."""
    return message


_ = gettext_noop

MESSAGES: dict[str, str] = {
    # name
    "name_missing": _("没有项目名称。请补上名称。"),
    "name_twice": _("“%(value)s”与 %(sheet)s 第 %(row)s 行重名。一个项目只能导入一次：请删去一行或改名。"),
    "name_ambiguous": _("库中有 %(count)s 个项目都叫“%(value)s”，分不清是哪一个。请补上项目代码或责任单位。"),
    # unit and township
    "unit_missing": _("没有责任单位。每个在册项目都要有责任单位：请选择。"),
    "unit_unknown": _("不认识单位“%(value)s”。请选择单位，或请系统管理员添加别名。"),
    "unit_unknown_near": _("不认识单位“%(value)s”，是不是“%(near)s”？请选择单位。"),
    "unit_helping": _("一格里有几个单位：以“%(first)s”为责任单位，其余“%(others)s”记为配合单位。"),
    "unit_helping_unknown": _("配合单位“%(value)s”不认识，没有导入。"),
    "unit_from_township": _("表中没有责任单位，按所在乡镇由“%(unit)s”负责。"),
    "unit_from_title": _("表中没有责任单位，按表题由“%(unit)s”负责。"),
    "township_unknown": _("不认识乡镇“%(value)s”，留空。"),
    "township_part": _("“%(value)s”按“%(township)s”导入，详细地点没有导入。"),
    "township_several": _("一格里有几个乡镇：取“%(first)s”，另有“%(others)s”。"),
    "township_whole": _("“%(value)s”不是一个乡镇，留空。"),
    # amounts
    "amount_word": _("“%(value)s”不是金额。这里需要一个数，例如 1.2亿 或 12000（按表头单位）。"),
    "amount_pending": _("“%(value)s”还不是金额，留空。"),
    "amount_unreadable": _("看不懂金额“%(value)s”。请写成一个数，例如 1.2亿 或 12000（按表头单位）。"),
    "amount_range": _("“%(value)s”是一个区间。请写一个数；拿不准时写较小的那个。"),
    "amount_negative": _("金额“%(value)s”是负数。金额不能小于零。"),
    "amount_absurd": _("金额“%(value)s”合 %(reckoned)s，超过一个县的可能（1000亿元）。请核对单位是%(unit)s还是别的。"),
    "amount_currency": _("“%(value)s”是外币。请折成人民币。"),
    "amount_approximate": _("“%(value)s”是约数，按 %(reckoned)s 导入。"),
    "amount_dash": _("金额写作“%(value)s”，按没有填写处理。"),
    "amount_unit_assumed": _("表里没有写金额单位，“%(value)s”按万元计，即 %(reckoned)s。"),
    "amount_small": _("“%(value)s”按%(unit)s只合 %(reckoned)s，请核对单位。"),
    "amount_missing": _("没有填写总投资，留空。"),
    "amount_zero": _("总投资写作 0，请核对。"),
    "amount_merged": _("这一格与上一行合并，金额只记在上一行。"),
    "declared_over_total": _("已完成投资 %(declared)s 多于总投资 %(total)s，请核对。"),
    # dates
    "date_out_of_range": _("“%(value)s”的年份不在 1949 到 2100 之间。空的日期格有时显示成 1900 年，请核对。"),
    "date_ambiguous": _("“%(value)s”分不清哪个是月、哪个是日。请写成 2026-03-01 的样子。"),
    "date_impossible_month": _("没有“%(value)s”这一天：%(year)s年%(month)s月只有 %(days)s 天。"),
    "date_impossible_13": _("没有“%(value)s”这一天：一年只有 12 个月。"),
    "date_unreadable": _("看不懂日期“%(value)s”。请写成 2026-03-01 的样子。"),
    "date_pending": _("日期写作“%(value)s”，按没有填写处理。"),
    "date_vague": _("“%(value)s”不是一个日期，留空。"),
    "date_month_only": _("“%(value)s”只写到月，按 %(day)s 导入。"),
    "date_year_only": _("“%(value)s”只写到年，按 %(day)s 导入。"),
    "date_short_year": _("“%(value)s”的年份只有两位，按 %(day)s 导入。"),
    "date_part": _("“%(value)s”不是确切的一天，按 %(day)s 导入。"),
    "date_month_or_ten": _("“%(value)s”是数字格，1 月和 10 月写法相同，按 %(day)s 导入，请核对。"),
    "date_serial": _("“%(value)s”是 Excel 的日期序号，即 %(day)s。"),
    "date_order": _("竣工 %(end)s 早于开工 %(start)s，请核对。"),
    "finish_declared": _("“%(value)s”是填报的竣工日期：记在项目的时间线上，不作承诺。竣工要由关口认定。"),
    "finish_declared_known": _(
        "“%(value)s”是填报的竣工日期（库中承诺的是 %(old)s）：没有导入，承诺不变。竣工的日子由关口认定。"
    ),
    "date_merged": _("这一格与上一行合并，日期按上一行导入。"),
    # stage and track
    "stage_missing": _("没有阶段，按“谋划储备”导入。"),
    "stage_unknown": _("不认识阶段“%(value)s”，按“谋划储备”导入。"),
    "stage_suspended": _("“%(value)s”不是阶段：按“%(stage)s”导入，导入后请办理暂停（写明原因和再看的日期）。"),
    "stage_terminated": _(
        "“%(value)s”的项目不能悄悄了结：请填写终止前的阶段导入，再办理终止（原因、遗留问题、向政府说明）。"
    ),
    "stage_public": _("政府投资项目没有“%(value)s”这一阶段，按“%(stage)s”导入。"),
    "stage_from_section": _("没有阶段，按小标题“%(value)s”看作“%(stage)s”。"),
    "stage_from_progress": _("没有阶段，按进展“%(value)s”看作“%(stage)s”。"),
    "stage_several": _("勾了几个阶段，取最后一个“%(stage)s”。"),
    "stage_by_words": _("“%(value)s”看作“%(stage)s”。"),
    "track_assumed": _("没有分产业项目和政府投资项目，按投资主体作“%(track)s”导入。"),
    # people
    "leader_missing": _("没有包联领导。“%(stage)s”的项目要有包联领导：请选择。"),
    "leader_missing_key": _("没有包联领导。重点项目要有包联领导：请选择。"),
    "leader_unknown": _("本县没有叫“%(value)s”的领导。请选择包联领导。"),
    "people_several": _("一格里有几个人：取“%(first)s”，另有“%(others)s”。"),
    "person_title": _("“%(value)s”按姓名“%(name)s”导入。"),
    "person_odd": _("“%(value)s”不像姓名，照原文导入，请核对。"),
    "person_none": _("“%(value)s”不是人名，按没有人处理。"),
    "person_unit": _("“%(value)s”是单位或科室，不是人名，没有导入。"),
    "people_unnamed": _("“%(value)s”只写了“%(name)s”的姓名，其余的人没有写明，没有导入。"),
    "officer_missing": _("没有专人，导入后由责任单位主要领导暂代，请尽快指定。"),
    "officer_unknown": _("%(unit)s没有叫“%(value)s”的人，导入时建一个未启用的成员。"),
    "officer_elsewhere": _("%(unit)s没有叫“%(value)s”的人（%(other)s有），导入时在%(unit)s建一个未启用的成员。"),
    "person_unknown": _("%(unit)s没有叫“%(value)s”的人，没有导入。"),
    "supervisor_unknown": _("不认识督办人“%(value)s”，没有导入。"),
    "default_used": _("按所选的“%(default)s”导入。"),
    "phone_odd": _("电话“%(value)s”的位数不对，请核对。"),
    "phone_several": _("一格里有几个电话：取“%(first)s”，另有“%(others)s”。"),
    # companies and codes
    "uscc_check": _("统一社会信用代码“%(value)s”的校验位不对，应为“%(right)s”。请对照营业执照核对。"),
    "uscc_length": _("统一社会信用代码“%(value)s”有 %(count)s 位，应为 18 位。"),
    "uscc_letters": _("统一社会信用代码“%(value)s”里有不用的字符“%(letters)s”（没有字母 I、O、S、V、Z）。"),
    "uscc_number": _("统一社会信用代码存成了数字，后几位已经丢失。请把这一格改为文本后重填。"),
    "uscc_dash": _("统一社会信用代码写作“%(value)s”，按没有填写处理。"),
    "uscc_alone": _("有统一社会信用代码，没有投资主体。"),
    "company_several_codes": _(
        "“%(value)s”在表中有 %(count)s 个统一社会信用代码，按 %(count)s 个企业处理；这一行是 %(code)s。"
    ),
    "company_several_unclear": _(
        "“%(value)s”在表中有 %(count)s 个统一社会信用代码，这一行没有可用的代码，分不清是哪一个企业。"
    ),
    "company_several_names": _("统一社会信用代码 %(value)s 有几个名称：%(names)s，请核对。"),
    "company_known_code": _("“%(value)s”在库中的统一社会信用代码是 %(codes)s，与表中不同，按另一个企业处理。"),
    "investor_several": _("一格里有几个投资主体：取“%(first)s”，另有“%(others)s”。"),
    "national_code_dash": _("项目代码写作“%(value)s”，按没有填写处理。"),
    "national_code_odd": _("项目代码“%(value)s”不合格式（如 2305-130131-04-01-123456），照原文导入，请核对。"),
    # other cells
    "number_unreadable": _("看不懂“%(value)s”，这一格没有导入。"),
    "number_approximate": _("“%(value)s”是约数，按 %(reckoned)s 导入。"),
    "number_negative": _("“%(value)s”是负数，这一格没有导入。"),
    "formula_text": _("“%(value)s”像公式，只当文字导入，不会计算。"),
    "cell_error": _("这一格是 Excel 的错误值“%(value)s”，没有导入。请在 Excel 里改好公式、保存一次再导入。"),
    "formula_unreckoned": _("公式没有算出结果，请在 Excel 里打开、保存一次再导入。"),
    "text_cut": _("文字超过 %(limit)s 字，只取前 %(limit)s 字。"),
    "ditto": _("“%(value)s”按上一行的“%(above)s”导入。"),
    "column_other_year": _("“%(value)s”不是 %(year)s 年的数，没有导入。"),
    # rows that exist
    "act_stage": _("阶段不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请走关口认定。"),
    "act_leader": _("包联领导不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请办理交接。"),
    "act_principal": _("责任领导不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请办理交接。"),
    "act_officer": _("专人不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请办理交接。"),
    "act_supervisor": _("督办人不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请办理交接。"),
    "act_unit": _("责任单位不由导入改变：库中是“%(old)s”，表中是“%(new)s”。请办理交接。"),
    "act_track": _("项目类型不由导入改变：库中是“%(old)s”，表中是“%(new)s”。"),
    "act_end_on": _("承诺竣工日期不由导入改变：库中是 %(old)s，表中是 %(new)s。请提出变更申请。"),
    # skipped rows
    "skip_title": _("表题"),
    "skip_header": _("表头"),
    "skip_repeated_header": _("重复的表头"),
    "skip_section": _("小标题"),
    "skip_blank": _("空行"),
    "skip_serial": _("只有序号"),
    "skip_sum": _("合计行"),
    "skip_remark": _("说明文字"),
    "skip_continued": _("第 %(row)s 行项目的续行（名称合并），没有另外导入"),
    "skip_chosen": _("您选择不导入这一行"),
    "skip_cover": _("这张表没有项目（封面或说明）"),
    "skip_unchosen": _("您选择不读这张表"),
    "skip_hidden": _("隐藏的工作表，没有读"),
    "skip_no_header": _("找不到表头，没有读这张表"),
    # said once for the file
    "unread_columns": _("“%(value)s”有 %(count)s 列没有读：%(columns)s。"),
    "hidden_columns": _("“%(value)s”有 %(count)s 列是隐藏的，照样读了：%(columns)s。"),
    "hidden_rows": _("“%(value)s”里隐藏的行（第 %(rows)s 行）：读了 %(read)s 行，跳过 %(skipped)s 行。"),
    "hidden_sheet": _("“%(value)s”是隐藏的工作表，%(count)s 行都没有读。"),
    "many_track_assumed": _("没有分产业项目和政府投资项目：%(count)s 行按投资主体作“%(track)s”导入。"),
    "many_amount_unit_assumed": _("表里没有写金额单位：%(count)s 行的金额按万元计。"),
    "many_amount_missing": _("%(count)s 行没有填写总投资，留空。"),
    "many_date_month_only": _("%(count)s 行的日期只写到月：开工取月初，竣工取月末。"),
    "many_date_year_only": _("%(count)s 行的日期只写到年：开工取年初，竣工取年末。"),
    "many_date_serial": _("%(count)s 行的日期是 Excel 的日期序号，已换成日期。"),
    "many_stage_missing": _("%(count)s 行没有阶段，按“谋划储备”导入。"),
    "many_stage_from_section": _("%(count)s 行没有阶段，按小标题“%(value)s”看作“%(stage)s”。"),
    "many_officer_missing": _("%(count)s 行没有专人，导入后由责任单位主要领导暂代，请尽快指定。"),
    "many_unit_from_title": _("表中没有责任单位：%(count)s 行按表题由“%(unit)s”负责。"),
    "many_finish_declared": _("%(count)s 行已竣工：竣工日期是填报的，记在项目的时间线上，不作承诺。竣工要由关口认定。"),
    # tables
    "no_header": _(
        "“%(sheet)s”找不到表头，不知道哪一列是什么。请在第一行写上列名（项目名称、责任单位、总投资……），或在下面逐列指定。"
    ),
    "no_table": _("文件里没有项目表。"),
    "no_name_column": _("“%(sheet)s”没有项目名称一列，请指定。"),
    "two_columns": _("有两列都像“%(field)s”：“%(first)s”和“%(second)s”。用了前一列，请核对。"),
    # a mapping that comes back from the wizard
    "mapping_broken": _("列的对应关系读不出来，请重新选择。"),
}


def message(code: str, params: dict[str, str]) -> str:
    """Say `code` in Chinese."""
    return MESSAGES[code] % params
