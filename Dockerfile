# Two images, each with one command. docs/docker.md shows how to use them.
#
#     docker build --target mock --tag ttdata-mock .    the mock server alone
#     docker build --target build --tag ttdata .        builds datasets
#
# tests/test_dockerfile.py runs these lines without Docker.

FROM python:3.12-slim AS source
WORKDIR /opt/ttdata
# .dockerignore names what this copies.
COPY . .
RUN useradd --create-home ttdata


FROM source AS mock
RUN pip install --no-cache-dir ".[mock]"
USER ttdata
WORKDIR /home/ttdata
EXPOSE 8080
# http.client uses no proxy; Docker can set one for all containers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["python", "-c", "from http.client import HTTPConnection; server = HTTPConnection('127.0.0.1', 8080, timeout=3); server.request('GET', '/__mock__/health'); exit(server.getresponse().status != 200)"]
# On 0.0.0.0 it answers to every host name, so other containers can use the name that they know.
ENTRYPOINT ["python", "-m", "mockserver", "--host", "0.0.0.0", "--port", "8080"]


FROM source AS build
RUN pip install --no-cache-dir ".[data,mock]"
# `docker run --user` can name a user whom the image does not know; everybody can write to /tmp.
ENV HOME=/tmp
# The quota ledger of the real API. There is no such folder unless it is mounted: a ledger inside a container would be
# lost with it, and requests would be counted twice. The bundled mock server does not need it.
ENV XDG_STATE_HOME=/state
USER ttdata
WORKDIR /study
ENTRYPOINT ["ttdata"]
