import { createApp } from "vue";
import zhCn from "element-plus/es/locale/lang/zh-cn";
import { ElConfigProvider, ElLoading, ElMessage } from "element-plus";
import "element-plus/es/components/loading/style/css";
import "element-plus/es/components/message/style/css";
import "element-plus/es/components/message-box/style/css";
import { h } from "vue";
import { RouterView } from "vue-router";
import { asProblem, wording } from "../kit/problem";
import { router } from "./router";
import "./style.css";

const root = { render: () => h(ElConfigProvider, { locale: zhCn }, () => h(RouterView)) };
const app = createApp(root).use(router).use(ElLoading);
app.config.errorHandler = (error) => {
  ElMessage({ type: "error", message: wording(asProblem(error)), duration: 8000, showClose: true });
};
app.mount("#app");
