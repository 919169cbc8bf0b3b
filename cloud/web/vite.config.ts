import vue from "@vitejs/plugin-vue";
import Components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig } from "vite";

// In development the binary serves the API and Vite the pages.
const api = process.env.HUYUN_API ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    vue(),
    Components({ dts: "components.d.ts", dirs: ["kit"], resolvers: [ElementPlusResolver()] }),
  ],
  server: { proxy: { "/api": api } },
  build: {
    target: "es2022",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
  },
});
