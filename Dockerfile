# docker build -t tcpchat . && docker run -d -p 9000:9000 -v tcpchat:/data tcpchat
FROM node:22-bookworm-slim AS build
WORKDIR /tcpchat
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM debian:bookworm-slim
COPY --from=build /tcpchat/tcpchat /usr/local/bin/tcpchat
RUN useradd --uid 9000 --home-dir /data --no-create-home tcpchat && install -d -m 700 -o tcpchat -g tcpchat /data
USER tcpchat
VOLUME /data
EXPOSE 9000
HEALTHCHECK --interval=30s --timeout=5s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'PING check\\r\\n' >&3 && read -t 4 -r answer <&3"]
ENTRYPOINT ["tcpchat"]
CMD ["server", "--data", "/data"]
