package web

import (
	"strings"

	"github.com/danielgtaylor/huma/v2/validation"
)

// setMessages replaces huma's English. Texts whose argument could be part of
// the input have none.
func setMessages() {
	validation.MsgUnexpectedProperty = "不认识的字段"
	validation.MsgExpectedRFC3339DateTime = "应为日期时间"
	validation.MsgExpectedRFC3339Date = "应为日期，如 2026-01-31"
	validation.MsgExpectedRFC3339Time = "应为时间"
	validation.MsgExpectedRFC4122UUID = "编号格式不正确"
	validation.MsgExpectedRegexp = "格式不正确"
	validation.MsgExpectedMatchAtLeastOneSchema = "不符合要求的格式"
	validation.MsgExpectedMatchExactlyOneSchema = "不符合要求的格式"
	validation.MsgExpectedNotMatchSchema = "不符合要求的格式"
	validation.MsgExpectedPropertyNameInObject = "不认识的字段"
	validation.MsgExpectedBoolean = "应为是或否"
	validation.MsgExpectedDuration = "时长格式不正确"
	validation.MsgExpectedNumber = "应为数字"
	validation.MsgExpectedInteger = "应为整数"
	validation.MsgExpectedString = "应为文字"
	validation.MsgExpectedBase64String = "应为 Base64 编码"
	validation.MsgExpectedArray = "应为列表"
	validation.MsgExpectedObject = "应为对象"
	validation.MsgExpectedArrayItemsUnique = "不能有重复项"
	validation.MsgExpectedOneOf = "只能是以下之一：%s"
	validation.MsgExpectedConst = "只能是 %v"
	validation.MsgExpectedMinimumNumber = "不能小于 %v"
	validation.MsgExpectedExclusiveMinimumNumber = "必须大于 %v"
	validation.MsgExpectedMaximumNumber = "不能大于 %v"
	validation.MsgExpectedExclusiveMaximumNumber = "必须小于 %v"
	validation.MsgExpectedNumberBeMultipleOf = "必须是 %v 的倍数"
	validation.MsgExpectedMinLength = "至少 %d 个字"
	validation.MsgExpectedMaxLength = "最多 %d 个字"
	validation.MsgExpectedBePattern = "格式不正确，应为%s"
	validation.MsgExpectedMatchPattern = "格式不正确%.0s" // nobody reads an expression: the field says patternDescription
	validation.MsgExpectedMinItems = "至少 %d 项"
	validation.MsgExpectedMaxItems = "最多 %d 项"
	validation.MsgExpectedMinProperties = "至少 %d 个字段"
	validation.MsgExpectedMaxProperties = "最多 %d 个字段"
	validation.MsgExpectedRequiredProperty = "必填：%s"
	validation.MsgExpectedDependentRequiredProperty = "必填：%s（因为填写了 %s）"
}

// safeMessage lets through what is ours (Chinese) and replaces texts that huma
// does not make replaceable, some of which quote the input.
func safeMessage(m string) string {
	switch {
	case strings.HasPrefix(m, "required ") && strings.HasSuffix(m, " is missing"):
		return "必填"
	case m == "unknown query parameter":
		return "不认识的查询参数"
	}
	for _, r := range m {
		if r >= 0x4e00 && r <= 0x9fff {
			return m
		}
	}
	return "格式不正确"
}
