/*
 * Java's side of the comparison; see hdr_java.sh. Run from source:
 *
 *   java -cp hdrhistogram.jar HdrJava.java write FILE   random log, dumped to stdout
 *   java -cp hdrhistogram.jar HdrJava.java dump FILE    the dump of hdr_log.c
 */
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Random;
import org.HdrHistogram.EncodableHistogram;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.HdrHistogram.HistogramLogReader;
import org.HdrHistogram.HistogramLogWriter;

public class HdrJava {
    static final long BASE_MS = 1700000000000L;
    static final double[] PERCENTILES = {
        0, 1e-9, 1, 25, 33.3, 50, 90, 94, 99, 99.9, 99.99, 99.999, 100
    };

    static void dump(Histogram h) {
        StringBuilder line = new StringBuilder();
        line.append(h.getTag() == null ? "-" : h.getTag());
        line.append(' ').append(h.getStartTimeStamp() - BASE_MS);
        for (HistogramIterationValue v : h.recordedValues())
            line.append(' ').append(v.getValueIteratedTo())
                .append(':').append(v.getCountAddedInThisIterationStep());
        for (double p : PERCENTILES)
            line.append(' ').append(h.getValueAtPercentile(p));
        line.append(' ').append(h.getTotalCount() == 0 ? 0 : h.getMinValue());
        line.append(' ').append(h.getMaxValue());
        System.out.println(line);
    }

    static void write(File file) throws IOException {
        Random random = new Random(1);
        PrintStream out = new PrintStream(file);
        HistogramLogWriter writer = new HistogramLogWriter(out);
        writer.outputComment("[Logged by HdrJava]");
        writer.outputLogFormatVersion();
        writer.outputStartTime(BASE_MS);
        writer.setBaseTime(BASE_MS);
        writer.outputBaseTime(BASE_MS);
        writer.outputLegend();
        for (int i = 0; i < 60; i++) {
            Histogram h = new Histogram(1, 86400000000L, 3);
            h.setTag(i % 3 == 0 ? null : "tag" + i % 3);
            h.setStartTimeStamp(BASE_MS + i * 250L);
            h.setEndTimeStamp(BASE_MS + i * 250L + 250);
            for (int k = 0; k < i * i; k++)
                h.recordValueWithCount((long) Math.exp(random.nextDouble() * 25),
                                       1 + (random.nextLong() & Long.MAX_VALUE) % (1L << i % 50));
            writer.outputIntervalHistogram(h);
            dump(h);
        }
        out.close();
    }

    static void read(File file) throws IOException {
        HistogramLogReader reader = new HistogramLogReader(file);
        for (EncodableHistogram h = reader.nextIntervalHistogram(); h != null;
             h = reader.nextIntervalHistogram())
            dump((Histogram) h);
    }

    public static void main(String[] args) throws IOException {
        if (args[0].equals("write"))
            write(new File(args[1]));
        else
            read(new File(args[1]));
    }
}
