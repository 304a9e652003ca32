# Build stage
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

# Final stage: no compiler and no sources. The process can write only to /data.
FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8787 \
    DATABASE_URL=/data/taskgate.db \
    EXPORTS_DIR=/data/exports \
    HEALTH_FILE=/tmp/taskgate-health.json
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY drizzle/sqlite ./drizzle/sqlite
COPY drizzle/postgres ./drizzle/postgres
COPY seeds ./seeds
RUN mkdir -m 750 /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8787
# Depends on the command: serve must answer /is-alive with 200, work must read the database, any other command must run.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["node", "dist/cli.js", "health"]
# The exec form passes SIGTERM to node. Other commands: docker run … IMAGE tokens create --chain 1764
ENTRYPOINT ["node", "dist/cli.js"]
CMD ["serve"]
