# kedge-hub, from the repository's root:
#     docker build -t kedge-hub -f examples/docker/hub.Dockerfile .

# Line for line the first stage of agent.Dockerfile, so that both images take it from one build.
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
    /install.sh kedge-hub /packages
COPY examples/docker/loopback-http /usr/local/bin/
USER kedge-hub
WORKDIR /var/lib/kedge-hub
VOLUME /var/lib/kedge-hub
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=3s CMD loopback-http GET 8444 /approvals >/dev/null
ENTRYPOINT ["kedge-hub"]
# Options take the place of these; the operator's API stays inside the container, on the port that the health check asks.
CMD ["--listen", "0.0.0.0:8443", "--operator", "8444"]
