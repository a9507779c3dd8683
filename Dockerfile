# A root peer in a container: docs/OPERATE.md says how to run it. Debian, because the native modules are
# built for glibc: Alpine can't run them.
ARG BASE=docker.io/library/node:22-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY tools tools
COPY src src
COPY bin bin
RUN npm run build && npm prune --omit=dev
# Native modules come built for a dozen platforms, and those of another JavaScript runtime are never loaded.
RUN platform="$(node -p '`${process.platform}-${process.arch}`')" \
  && find node_modules -type d -path '*/prebuilds/*' -prune ! -name "$platform" -exec rm -r {} + \
  && find node_modules -name '*.bare' -delete

FROM ${BASE}
LABEL org.opencontainers.image.title="root-peer" \
  org.opencontainers.image.description="An always-on peer for end-to-end encrypted rooms" \
  org.opencontainers.image.licenses="MIT"
# rocksdb-native needs it.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends libatomic1 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/root-peer
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist/src dist/src
COPY --from=build /build/dist/bin dist/bin
COPY package.json LICENSE ./
COPY test/fixtures/ubuntu-irc test/fixtures/ubuntu-irc
RUN ln -s /opt/root-peer/dist/bin/root-peer.cjs /usr/local/bin/root-peer \
  && install --directory --owner=node --group=node --mode=0700 /data

ENV NODE_ENV=production STORAGE_DIR=/data
USER node
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10m \
  CMD ["node", "-e", "require('http').get(`http://127.0.0.1:${process.env.PORT || 3000}/healthz`, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["root-peer"]
CMD ["start"]
