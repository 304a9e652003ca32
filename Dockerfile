# The build; this full image has the Python 3, make and g++ that better-sqlite3 needs where no prebuilt binary is to be had.
FROM node:22-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

# What runs: no compiler, no sources, no right to write but to /data.
FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    DATABASE_URL=/data/taskgate.db \
    EXPORTS_DIR=/data/exports
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY drizzle/sqlite ./drizzle/sqlite
COPY seeds ./seeds
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787
# http, since fetch cannot name a Host, and without its own the server answers 421.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "const { PORT, HDP_HOSTS } = process.env; const Host = (HDP_HOSTS || 'hdp.localhost').split(',')[0].trim(); http.get({ host: '127.0.0.1', port: PORT || 8787, path: '/openapi.json', headers: { Host } }, ({ statusCode }) => process.exit(statusCode < 500 ? 0 : 1)).on('error', () => process.exit(1))"]
# In exec form, so that SIGTERM reaches node. Other commands: docker run … IMAGE tokens create --chain 1764
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve"]
