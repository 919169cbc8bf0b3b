import { createApp } from "vue";
import App from "./App.vue";
import "./style.css";
import { boot } from "./flow/machine";

createApp(App).mount("#app");
void boot();
// Only a secure origin has workers; without one the page lives as long as it is open.
if ("serviceWorker" in navigator && import.meta.env.PROD) void navigator.serviceWorker.register("/terminal/sw.js").catch(() => undefined);
