import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import Components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig, loadEnv } from "vite";

// In development the edge serves the API and Vite the pages: HUYUN_API says where it is.
export default defineConfig(({ mode }) => ({
  base: "/proctor/",
  plugins: [
    vue(),
    Components({ dts: "components.d.ts", dirs: [], resolvers: [ElementPlusResolver()] }),
  ],
  resolve: { alias: { "@kit": fileURLToPath(new URL("../../../cloud/web/kit", import.meta.url)) } },
  server: { proxy: { "/proctor/v1": loadEnv(mode, ".", "HUYUN_").HUYUN_API ?? "http://127.0.0.1:8300" } },
  build: {
    target: "es2022",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
  },
}));
