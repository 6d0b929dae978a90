# kedge-agent, from the repository's root:
#     docker build -t kedge-agent -f examples/docker/agent.Dockerfile .

# Line for line the first stage of hub.Dockerfile, so that both images take it from one build.
FROM debian:12-slim AS build
WORKDIR /kedge
# What .dockerignore lets in.
COPY . .
# Compilers at once; on a small machine --build-arg KEDGE_JOBS=1. Empty: as many as there are cores.
ARG KEDGE_JOBS
# Installs what it needs.
RUN toolchains/debian_packages.sh

FROM debian:12-slim
RUN --mount=type=bind,from=build,source=/kedge/build/packages/bookworm,target=/packages \
    --mount=type=bind,source=examples/docker/install.sh,target=/install.sh \
    /install.sh kedge-agent /packages
COPY examples/docker/loopback-http /usr/local/bin/
USER kedge-agent
WORKDIR /
# A container's loopback is reached by nobody outside it.
ENV HTTP_HOST=0.0.0.0
EXPOSE 8080
# Healthy: the line to the connector is ready.
HEALTHCHECK --interval=10s --timeout=3s CMD loopback-http GET 8080 /health | grep -q '"status":"healthy"'
ENTRYPOINT ["kedge-agent"]
