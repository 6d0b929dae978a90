# kedge-hub, from the repository's root:
#     docker build -t kedge-hub -f examples/docker/hub.Dockerfile .

# Line for line the first stage of agent.Dockerfile, so that both images take it from one build.
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
    && apt-get install -y --no-install-recommends systemd-standalone-sysusers /packages/kedge-hub_*.deb \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o kedge-hub -g kedge-hub -m 750 /var/lib/kedge-hub
COPY examples/docker/loopback-http /usr/local/bin/
USER kedge-hub
WORKDIR /var/lib/kedge-hub
VOLUME /var/lib/kedge-hub
EXPOSE 8443
HEALTHCHECK --interval=10s --timeout=3s CMD loopback-http GET 8444 /approvals >/dev/null
ENTRYPOINT ["kedge-hub"]
# Options take the place of these; the operator's API stays inside the container, on the port that the health check asks.
CMD ["--listen", "0.0.0.0:8443", "--operator", "8444"]
