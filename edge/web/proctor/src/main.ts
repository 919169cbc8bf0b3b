import { createApp, h } from "vue";
import zhCn from "element-plus/es/locale/lang/zh-cn";
import { ElConfigProvider, ElLoading } from "element-plus";
import "element-plus/es/components/loading/style/css";
import "element-plus/es/components/message/style/css";
import "element-plus/es/components/message-box/style/css";
import { RouterView } from "vue-router";
import { router } from "./router";
import "./style.css";

const root = { render: () => h(ElConfigProvider, { locale: zhCn }, () => h(RouterView)) };
createApp(root).use(router).use(ElLoading).mount("#app");
