package bank

// examples are the rows of the template; they show one question of each shape.
// They import without error, and are to be deleted before real use.
func examples() [][]any {
	row := func(kind, industry, category, subject, chapter, level, stem string, opts [6]string, answer, law, explain, number string) []any {
		return []any{
			kind, industry, category, subject, chapter, level, stem,
			opts[0], opts[1], opts[2], opts[3], opts[4], opts[5], answer, law, explain, "", number,
		}
	}
	none := [6]string{}
	return [][]any{
		row("判断", "巡游出租", "09002、09003", "区域科目", "服务规范", "1", "（示例，导入前请删除）乘客遗失在车上的物品，驾驶员应当及时归还失主或者上交经营者。",
			none, "对", "《上海市出租汽车管理条例》", "拾到失物须及时归还或上交。", ""),
		row("单选", "巡游出租", "09002", "区域科目", "运价与计费", "2", "（示例，导入前请删除）乘客上车后，驾驶员应当在何时启用计价器？",
			[6]string{"接到订单时", "车辆起步载客时", "到达目的地时", "驶出两公里后"}, "B", "", "", ""),
		row("案例", "危险货物", "03001", "理论", "应急处置", "4", "（示例，导入前请删除）一辆装运汽油的罐车在高架道路追尾，罐体后部出现渗漏，驾驶员闻到浓烈油味。",
			none, "", "", "", "K1"),
		row("判断", "", "", "", "", "", "驾驶员应当立即熄火并关闭车辆总电源。", none, "对", "", "", "K1"),
		row("多选", "", "", "", "", "", "驾驶员下车后应当采取哪些措施？",
			[6]string{"在来车方向设置警告标志", "报警并说明货物名称", "用手机拍摄渗漏处近景", "疏散周围人员到上风处"}, "ABD", "", "", "K1"),
	}
}
