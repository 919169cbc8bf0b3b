import vue from "@vitejs/plugin-vue";
import Components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig, loadEnv } from "vite";

// In development the binary serves the API and Vite the pages: HUYUN_API says where it is.
export default defineConfig(({ mode }) => ({
  plugins: [
    vue(),
    Components({ dts: "components.d.ts", dirs: [], resolvers: [ElementPlusResolver()] }),
  ],
  // The host stays the browser's: the server refuses an Origin that is not its own.
  server: { proxy: { "/api": { target: loadEnv(mode, ".", "HUYUN_").HUYUN_API ?? "http://127.0.0.1:8080", changeOrigin: false } } },
  build: {
    target: "es2022",
    emptyOutDir: true,
    chunkSizeWarningLimit: 700,
  },
}));
