import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** A MongoDB-compatible server in memory, on a free loopback port that it prints; ends with its standard input. */
public class MongoServer {
  public static void main(String[] args) throws Exception {
    var server = new de.bwaldvogel.mongo.MongoServer(new MemoryBackend());
    System.out.println("port " + server.bind().getPort());
    System.in.transferTo(java.io.OutputStream.nullOutputStream());
    server.shutdownNow();
  }
}
