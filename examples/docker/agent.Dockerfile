# kedge-agent, from the repository's root:
#     docker build -t kedge-agent -f examples/docker/agent.Dockerfile .

# Line for line the first stage of hub.Dockerfile, so that both images take it from one build.
FROM debian:12-slim AS build
WORKDIR /kedge
# What a build needs is written in this file alone. It changes seldom: a layer of its own.
COPY toolchains/packages.sh toolchains/
RUN bash -c '. toolchains/packages.sh && kedge_install build packages'
# What .dockerignore lets in.
COPY . .
# Compilers at once; on a small machine --build-arg KEDGE_JOBS=1. Empty: as many as there are cores.
ARG KEDGE_JOBS
RUN toolchains/debian_packages.sh

# The Debian package knows what it depends on, its user and its folders.
FROM debian:12-slim
RUN --mount=type=bind,from=build,source=/kedge/build/packages/bookworm,target=/packages \
    apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates systemd-standalone-sysusers /packages/kedge-agent_*.deb \
    && rm -rf /var/lib/apt/lists/*
COPY examples/docker/loopback-http /usr/local/bin/
USER kedge-agent
WORKDIR /
# A container's loopback is reached by nobody outside it.
ENV HTTP_HOST=0.0.0.0
EXPOSE 8080
# Healthy: the line to the connector is ready.
HEALTHCHECK --interval=10s --timeout=3s CMD loopback-http GET 8080 /health | grep -q '"status":"healthy"'
ENTRYPOINT ["kedge-agent"]
