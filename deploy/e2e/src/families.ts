// One matter of each family that a window takes: what its form is told, what is
// handed in, and what the person's file says in the end.
export interface Matter {
  code: string;
  who: string; // a category of citizens
  category?: string; // where no certificate says it
  says: string[]; // label=value, in the order of the form
  originals?: string[];
  scans?: string[];
  exam?: boolean; // it is paid for and arranged, and is no licence
  makes: boolean; // a certificate, which is begun and finished
  file: { tab: string; rows: string[][] }; // what stands there together, row by row
}

/** ahead is a day so many days from today, in Shanghai. */
export const ahead = (days: number): string => new Date(Date.now() + days * 86_400_000).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });

const home = "联系地址=上海市浦东新区演示路 1 号";
const lost = [home, "补证原因=遗失", "情况说明=在公交车上遗失，没有找到", "领证方式=窗口领取"];
const company = (name: string, code: string): string[] => ["服务单位=" + name, "统一社会信用代码=" + code];
const buses = company("上海演示巴士客运有限公司", "91310000DEMA0001X3");
const taxis = company("上海演示出租汽车有限公司", "91310000DEMA0002X4");
const driver = ["驾驶证号=310115199001011234", "准驾车型=A1", "初次领取驾驶证日期=2015-05-06", "驾驶证有效期至=2032-05-06"];

/** reissue is a lost certificate, whose second print replaces it. */
const reissue = (code: string, who: string, says: string[] = []): Matter => ({
  code, who, says: [...lost, ...says], originals: ["M03"], scans: ["M05"], makes: true, file: { tab: "证件", rows: [["印制版次", "第 2 版"]] },
});

export const families: Matter[] = [
  reissue("RT04", "02001"),
  reissue("DG03", "03003"),
  reissue("TX03", "09002"),
  reissue("NT03", "09003"),
  reissue("BU03", "13902", buses),
  {
    code: "XT02", who: "NEW", category: "02001", originals: ["M03"], scans: ["M27", "M05"], makes: true,
    says: [
      home, "原发证机关=江苏省南京市交通运输局", "外省从业资格证号=320102199001011234", "外省证件初次领证日期=2022-03-04", `外省证件有效期至=${ahead(400)}`,
      "转入理由=在本市就业", "在本市居住或就业的起始日期=2025-01-02",
    ],
    file: { tab: "证件", rows: [["道路货物运输驾驶员", "2022-03-04", ahead(400)]] },
  },
  {
    code: "TR01", who: "09002", scans: ["M18"], makes: true,
    says: [...taxis, `合同起始日期=${ahead(-10)}`, `合同截止日期=${ahead(700)}`],
    file: { tab: "从业情况", rows: [["上海演示出租汽车有限公司", "巡游出租汽车驾驶员", "在册"]] },
  },
  {
    code: "SC01", who: "13902", scans: ["M05"], makes: false, says: [...buses, "工号=D0815"], // a taxi driver's would want TR01 first
    file: { tab: "从业情况", rows: [["服务监督卡", "上海演示巴士客运有限公司", "D0815", "✔ 有效"]] },
  },
  {
    code: "RH01", who: "RETIRED", originals: ["M03"], scans: ["M25", "M04"], makes: false,
    says: [home, ...buses, `返聘起始日期=${ahead(0)}`, `返聘截止日期=${ahead(180)}`, `返聘协议截止日期=${ahead(180)}`, `体检有效期至=${ahead(190)}`],
    file: { tab: "从业情况", rows: [["上海演示巴士客运有限公司", ahead(180), "返聘中"], ["服务监督卡", "上海演示巴士客运有限公司", "✔ 有效"]] },
  },
  {
    code: "EX01", who: "NEW", category: "13001", makes: false, exam: true, says: [home, ...driver, "报考科目=理论", "同意考试入场人脸核验=同意"],
    file: { tab: "档案经过", rows: [["登记考试费缴款 70.00 元", "JK20260001"], ["发放准考证：准考证号", "浦东分考场"]] },
  },
];
