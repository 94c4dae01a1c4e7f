# regclean with its locked dependencies, and nothing that builds them. A release pins BASE by its digest.
ARG BASE=docker.io/library/python:3.13-slim

FROM ${BASE} AS build
WORKDIR /source
RUN python3 -m venv /build && python3 -m venv --without-pip /opt/regclean
COPY requirements-build.lock requirements.lock ./
# The asynchronous half of the Kubernetes client is larger than all else together, and nothing here uses it.
RUN /build/bin/python -m pip install --no-cache-dir --no-compile --require-hashes --only-binary :all: \
      --requirement requirements-build.lock \
 && /build/bin/python -m pip --python /opt/regclean/bin/python3 install --no-cache-dir --require-hashes \
      --only-binary :all: --requirement requirements.lock \
 && rm -r /opt/regclean/lib/python3*/site-packages/kubernetes/aio
COPY pyproject.toml README.md LICENSE ./
COPY workers workers
COPY bot bot
COPY cli cli
COPY demo demo
RUN /build/bin/python -m hatchling build --target wheel --directory /wheel \
 && /build/bin/python -m pip --python /opt/regclean/bin/python3 install --no-cache-dir --no-index --no-deps /wheel/*.whl \
 && /build/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
      --output-format JSON --output-file /opt/regclean/sbom.cdx.json /opt/regclean/bin/python3

FROM ${BASE}
ARG BASE
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="regclean" \
      org.opencontainers.image.description="Frees space in your own Docker/OCI registries from Slack" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=build /opt/regclean /opt/regclean
ENV PATH=/opt/regclean/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
# Numbers, so that a platform sees that it is not root.
USER 10001:10001
WORKDIR /
ENTRYPOINT ["regclean"]
