# The image with the packages that the examples' tasks use, made as you would make yours: install with the official image, which
# has npm, then copy to where tasks look.
ARG TASKLOOM=docker.io/taskloom/taskloom:0.1.0

FROM docker.io/library/node:24-bookworm-slim AS packages
WORKDIR /app
# The secret is for those who have a registry of their own: docker build --secret id=npmrc,src=$HOME/.npmrc
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm install --no-audit --no-fund --ignore-scripts vega-datasets@3.2.1

FROM ${TASKLOOM}
COPY --from=packages /app /app
COPY . /app/examples
