# The image of active-lb. It builds on any engine of today (`docker build -t active-lb:0.1.0 .`) and runs on engines as old as
# Docker 17.03; docs/operations.md says why each base is what it is.

FROM debian:trixie-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils ca-certificates libatomic1 nodejs npm
WORKDIR /build
COPY .npmrc package.json package-lock.json ./
RUN npm ci
COPY LICENSE tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build
# The runtime is the Node binary that the pinned npm package `node` brings, without its debug symbols. It needs libatomic, which the
# slim base lacks; this one asks for glibc 2.14 only.
RUN install -D --strip node_modules/node/bin/node /image/usr/local/bin/node \
 && cp -L --parents /usr/lib/*-linux-gnu/libatomic.so.1 /image/
# Production dependencies only, without the type declarations, sources and maps that nothing loads.
RUN rm -r node_modules \
 && npm ci --omit=dev \
 && find node_modules -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' \) -delete \
 && install -d /image/opt/active-lb \
 && mv LICENSE package.json dist node_modules /image/opt/active-lb/ \
 && chmod a+x /image/opt/active-lb/dist/cli.js \
 && ln -s /opt/active-lb/dist/cli.js /image/usr/local/bin/active-lb

# glibc 2.31: from 2.34 on, starting a thread needs clone3, which the seccomp profile of Docker 17.03 refuses.
FROM debian:bullseye-slim
LABEL org.opencontainers.image.title="active-lb" \
      org.opencontainers.image.description="An active HTTP load balancer for Rancher 1.x" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /image /
USER 10001:10001
EXPOSE 8080 8000
# bash's own /dev/tcp: a few milliseconds, where starting Node would take a hundred every time.
HEALTHCHECK --interval=10s --timeout=3s --retries=3 CMD ["bash", "-c", \
  "exec 3<>/dev/tcp/${LB_ADMIN_BIND:-127.0.0.1}/${LB_ADMIN_PORT:-8000} && printf 'GET /ping HTTP/1.0\\r\\n\\r\\n' >&3 && read -r -t 2 status <&3 && [[ $status == 'HTTP/1.'?' 200 '* ]]"]
ENTRYPOINT ["node", "/opt/active-lb/dist/cli.js"]
